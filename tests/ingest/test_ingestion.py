import csv
import hashlib
import os

import numpy as np
import pytest
from PIL import Image

from image_compressor import InputError
from image_compressor.data import raw
from image_compressor.data.source import SourceImage
from image_compressor.images import formats, safe_names
from image_compressor.ingest import ingestion, sources
from tests.ingest import bad_files


@pytest.fixture
def images(digits):
    return [
        SourceImage(f"{n % 7}/{n}.png", pixels, str(n % 7)) for n, pixels in enumerate(digits[:60])
    ]


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_reading_gives_what_was_written(images, tmp_path):
    assert ingestion.write(images, tmp_path) == {"images": 60}
    for before, after in zip(images, raw.read(tmp_path), strict=True):
        assert np.array_equal(before.content, after.content)
        assert (before.name, before.label) == (after.name, after.label)


@pytest.mark.usefixtures("in_threads")
def test_a_source_may_give_each_image_in_the_same_array(images, tmp_path):
    array = np.empty_like(images[0].content)

    def reused():
        for image in images:
            array[:] = image.content
            yield SourceImage(image.name, array, image.label)

    assert ingestion.write(reused(), tmp_path) == {"images": 60}
    for before, after in zip(images, raw.read(tmp_path), strict=True):
        assert np.array_equal(before.content, after.content)


@pytest.mark.usefixtures("in_threads")
def test_the_manifest_describes_the_files(images, tmp_path):
    red = np.full((15, 17, 3), (255, 0, 0), np.uint8)
    colour = SourceImage("colour/a.png", red, split="test")
    ingestion.write([*images, colour], tmp_path)
    table = rows(tmp_path / raw.MANIFEST)
    for row in table:
        data = (tmp_path / raw.FILES / row["name"]).read_bytes()
        assert row["sha256"] == hashlib.sha256(data).hexdigest()
        assert int(row["bytes"]) == len(data)
    columns = ("width", "height", "mode", "split")
    assert [table[-1][key] for key in columns] == ["17", "15", "RGB", "test"]
    assert [table[0][key] for key in columns] == ["28", "28", "L", ""]


@pytest.mark.usefixtures("in_threads")
def test_a_picture_in_grey_and_in_rgb_is_one(images, tmp_path):
    grey = images[0].content
    colour = SourceImage("colour.png", np.repeat(np.atleast_3d(grey), 3, axis=2))
    counts = ingestion.write([images[0], colour], tmp_path, max_rejected=1)
    assert counts == {"images": 1, "duplicate": 1}


@pytest.mark.usefixtures("in_threads")
@pytest.mark.parametrize("name", ["a\nb.png", "aux.png", "a:b.png", f"{'long' * 99}.png"])
def test_whatever_its_name_an_image_is_written_and_one_row(images, tmp_path, name):
    counts = ingestion.write([SourceImage(name, images[0].content)], tmp_path)
    assert counts == {"images": 1}
    (row,) = rows(tmp_path / raw.MANIFEST)
    assert row["name"] == safe_names.safe([name])[0]
    assert np.array_equal(next(raw.read(tmp_path)).content, images[0].content)
    bad = SourceImage(name, b"no image")
    ingestion.write([bad, images[0]], tmp_path, max_rejected=1)
    (row,) = rows(tmp_path / raw.REJECTED)
    assert row["name"] == safe_names.readable(name)


@pytest.mark.usefixtures("in_threads")
def test_an_image_in_the_place_of_a_folder_is_rejected(images, tmp_path):
    one, other = (image.content for image in images[:2])
    named = {"foo.png/bar.png": one, "foo": other}
    given = [SourceImage(name, content) for name, content in named.items()]
    counts = ingestion.write(given, tmp_path, max_rejected=1)
    assert counts == {"images": 1, "name of a folder": 1}


@pytest.mark.usefixtures("in_threads")
def test_equal_images_give_equal_bytes(images, tmp_path):
    for name in ("a", "b"):
        ingestion.write(images, tmp_path / name)
    files = [sorted((tmp_path / name).rglob("*.*")) for name in ("a", "b")]
    assert len(files[0]) == 62
    assert all(a.read_bytes() == b.read_bytes() for a, b in zip(*files, strict=True))


def test_a_hundred_kinds_of_bad_files_among_a_thousand_good_ones(tmp_path, caplog):
    """Takes 1,000, rejects every bad one with its reason, and ignores other files beside them."""
    caplog.set_level("INFO", "ingest")
    modes = ("L", "RGB", "RGBA", "P", "1", "LA")
    for number in range(1000):
        place = tmp_path / f"in/{number % 7}"
        place.mkdir(parents=True, exist_ok=True)
        image = bad_files.noise(1000 + number, (16, 16)).convert(modes[number % len(modes)])
        image.save(place / f"{number:04}.{('png', 'tif')[number % 2]}")
    expected = bad_files.write(tmp_path / "in", "0/0000.png")
    beside = bad_files.write_beside(tmp_path / "in")
    assert len(expected) >= 100
    counts = ingestion.write(
        sources.find("directory", path=tmp_path / "in"),
        tmp_path / "raw",
        bad_files.MAX_PIXELS,
        max_rejected=0.11,
    )
    assert caplog.messages[0] == formats.summary(beside)
    table = rows(tmp_path / "raw" / raw.REJECTED)
    assert {row["name"]: row["reason"].split(":")[0] for row in table} == expected
    assert len(table) == len(expected)
    assert counts["images"] == len(rows(tmp_path / "raw" / raw.MANIFEST)) == 1000
    assert len([*(tmp_path / "raw").rglob("*.png")]) == 1000
    assert raw.rejected(tmp_path / "raw") == {k: n for k, n in counts.items() if k != "images"}


@pytest.mark.skipif(os.getuid() == 0, reason="root may read anything")
def test_what_may_not_be_read_is_rejected(tmp_path):
    (tmp_path / "in/locked").mkdir(parents=True, mode=0)
    bad_files.noise(0).save(tmp_path / "in/a.png")
    bad_files.noise(1).save(tmp_path / "in/b.png")
    (tmp_path / "in/b.png").chmod(0)
    source = sources.find("directory", path=tmp_path / "in")
    ingestion.write(source, tmp_path / "raw", max_rejected=1)
    reasons = {row["name"]: row["reason"] for row in rows(tmp_path / "raw" / raw.REJECTED)}
    assert reasons == dict.fromkeys(["b.png", "locked"], "unreadable: Permission denied")


@pytest.mark.usefixtures("in_threads")
def test_above_the_share_the_list_is_kept_and_so_is_what_was_there(images, tmp_path):
    ingestion.write(images[:1], tmp_path / "raw")
    bad = [SourceImage(f"{n}.png", b"no image") for n in range(20)]
    with pytest.raises(
        InputError, match=r"max_rejected=0.2 allows: 60 images; rejected: 20 not an image"
    ):
        ingestion.write([*images, *bad], tmp_path / "raw", max_rejected=0.2)
    assert len(rows(tmp_path / "raw.rejected.csv")) == 20
    assert len(rows(tmp_path / "raw" / raw.MANIFEST)) == 1
    ingestion.write([*images, *bad], tmp_path / "raw", max_rejected=0.25)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["raw"]


@pytest.mark.parametrize("images", [[], [SourceImage("a.png", b"")]])
def test_no_image_at_all_is_an_error(tmp_path, images):
    with pytest.raises(InputError, match=r"has no images|No image is usable: 0 images"):
        ingestion.write(images, tmp_path / "raw", max_rejected=1)


def test_no_two_images_get_one_file(tmp_path):
    names = ["a", "A", "a.png", "a.jpg", "a.jpg.png", "a~.png", "a.png~.png"]
    images = [
        SourceImage(name, np.asarray(bad_files.noise(seed))) for seed, name in enumerate(names)
    ]
    assert ingestion.write(images, tmp_path)["images"] == len(names)
    for before, after in zip(images, raw.read(tmp_path), strict=True):
        assert np.array_equal(before.content, after.content)
    assert len({path.name.lower() for path in (tmp_path / raw.FILES).glob("*.png")}) == len(names)


def test_bytes_of_a_file_are_decoded_too(tmp_path):
    image = bad_files.noise(0)
    ingestion.write([SourceImage("a.png", bad_files.file(image, "TIFF"))], tmp_path)
    with Image.open(tmp_path / "images/a.png") as back:
        assert np.array_equal(np.asarray(back), np.asarray(image))


def test_where_a_table_cannot_be_written_no_image_is_either_any_more(tmp_path):
    ended = []

    def rows():
        try:
            yield {"a column": "that no table has", "sha256": ""}
        finally:
            ended.append(True)

    with pytest.raises(ValueError, match="a column"):
        ingestion._write_tables(rows(), tmp_path)
    assert ended == [True]
