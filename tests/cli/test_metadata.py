"""The metadata of image files, kept by --metadata."""

import json
import os

import numpy as np
import pytest
from PIL import ExifTags, Image

TIME = 1_700_000_000


@pytest.fixture
def photographs(pictures, tmp_path):
    """A directory of three images with metadata and times, one of them turned."""
    (tmp_path / "in/class").mkdir(parents=True)
    for number, name in enumerate(["a.jpg", "b.png", "class/c.webp"]):
        tags = Image.Exif()
        tags[ExifTags.Base.Make], tags[ExifTags.Base.Orientation] = f"Maker {number}", 1 + number
        path = tmp_path / "in" / name
        Image.fromarray(pictures[number]).save(path, exif=tags)
        os.utime(path, (TIME + number, TIME + number))
    return tmp_path / "in"


def restored(directory):
    """{name: (time, maker, orientation)} of the files below a directory."""
    found = {}
    for path in sorted(path for path in directory.rglob("*.*") if path.suffix != ".imgc"):
        with Image.open(path) as image:
            tags = image.getexif()
        facts = tags.get(ExifTags.Base.Make), tags.get(ExifTags.Base.Orientation)
        found[path.relative_to(directory).as_posix()] = (int(path.stat().st_mtime), *facts)
    return found


KEPT = {
    "a.png": (TIME, "Maker 0", 1),
    "b.png": (TIME + 1, "Maker 1", 1),
    "class/c.webp": (TIME + 2, "Maker 2", 1),
}


@pytest.mark.parametrize("partitions", [None, 2])
def test_metadata_is_restored_and_shown_if_it_was_kept(
    run, photographs, tmp_path, capsys, partitions
):
    more = [] if partitions is None else ["--partitions", partitions]
    for name, kept in (("with", ["--metadata"]), ("without", [])):
        run("compress", photographs, "-o", tmp_path / f"{name}.imgc", "--fit", "grey", *more, *kept)
        run("decompress", tmp_path / f"{name}.imgc", "-o", tmp_path / name)
    assert restored(tmp_path / "with") == KEPT
    assert all(facts[1:] == (None, None) for facts in restored(tmp_path / "without").values())
    for path in (tmp_path / "with").rglob("*.*"):
        again = tmp_path / "without" / path.relative_to(tmp_path / "with")
        assert np.array_equal(Image.open(path), Image.open(again))
    if partitions is None:
        assert "metadata of the files: " in capsys.readouterr().out
    (tmp_path / "only").mkdir()
    run("decompress", tmp_path / "with.imgc", "-o", tmp_path / "only/b.png", "--only", "b.png")
    assert restored(tmp_path / "only") == {"b.png": KEPT["b.png"]}
    capsys.readouterr()
    run("info", tmp_path / "with.imgc", "--metadata")
    assert capsys.readouterr().out.splitlines() == [
        "a.jpg  2023-11-14T22:13:20+00:00  EXIF: Maker 0",
        "b.png  2023-11-14T22:13:21+00:00  EXIF: Maker 1",
        "class/c.webp  2023-11-14T22:13:22+00:00  EXIF: Maker 2",
    ]
    run("info", tmp_path / "with.imgc", "--metadata", "--json")
    facts = json.loads(capsys.readouterr().out)
    assert facts[1]["exif"] == {"Make": "Maker 1", "Orientation": "1"}
    run("info", tmp_path / "without.imgc", "--metadata")
    assert "compressed without --metadata" in capsys.readouterr().out


def test_metadata_goes_along_into_joined_split_and_recompressed_files(
    run, exported, photographs, tmp_path
):
    run("compress", photographs, "-o", tmp_path / "whole.imgc", "--fit", "grey", "--metadata")
    run("split", tmp_path / "whole.imgc", "-o", tmp_path / "parts", "--files", 3)
    run("join", *sorted((tmp_path / "parts").iterdir()), "-o", tmp_path / "joined.imgc")
    run("recompress", tmp_path / "joined.imgc", "-o", tmp_path / "new.imgc", "--to", exported)
    run("decompress", tmp_path / "new.imgc", "-o", tmp_path / "out")
    assert restored(tmp_path / "out") == KEPT


def test_pixels_in_an_array_have_no_metadata_to_keep(refused, pictures, tmp_path):
    np.save(tmp_path / "in.npy", pictures)
    line = refused("compress", tmp_path / "in.npy", "-o", tmp_path / "a.imgc", "--metadata")
    assert "no metadata to keep. Leave out --metadata" in line
