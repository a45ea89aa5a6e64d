"""Folders and outputs as in practice: other files among images, odd names, pipes, links."""

import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from image_compressor import Codec
from image_compressor.demo.samples import samples
from image_compressor.images.finding import find
from image_compressor.ingest import ingestion, sources
from tests.ingest import bad_files

NAMES = ["aux.png", "a:b.png", "A.png", "a.png", "b.jpg", "b.jpg.png", "c\n.bmp", "d. ", "4f"]
NAMES += [os.fsdecode(b"caf\xe9.png"), "é.tif", "e\N{COMBINING ACUTE ACCENT}.tif"]
NAMES += [f"{'long' * 62}.png"]


@pytest.fixture
def odd(tmp_path, pictures):
    """A folder of different images with odd names."""
    (tmp_path / "odd").mkdir()
    for name, pixels in zip(NAMES, pictures, strict=False):
        (tmp_path / "odd" / name).write_bytes(bad_files.file(Image.fromarray(pixels), "PNG"))
    return tmp_path / "odd"


@pytest.fixture(params=["compress", "set", "ingest", "demo"])
def taken(request, run, exported, tmp_path, capsys):
    """A function that counts the images that a command takes, and returns its output too."""

    def taken(folder):
        if request.param == "demo":
            return len(samples(Codec.load(exported), folder)), ""
        if request.param == "ingest":
            counts = ingestion.write(sources.find("directory", path=folder), tmp_path / "raw")
            return counts["images"], ""
        parts = ["--partitions", 2] if request.param == "set" else []
        run("compress", folder, "-o", tmp_path / "out", *parts)
        said = capsys.readouterr().out
        return int(said.split(": ")[1].split()[0]), said

    return taken


def test_the_same_files_count_as_images_everywhere(taken, folder):
    count = bad_files.write_beside(folder).total()
    (folder / "4f2c").write_bytes((folder / "b.png").read_bytes())
    (folder / "b.png").rename(folder / "b.jpg")  # recognised as PNG by its content
    Image.new("L", (16, 16), 7).save(folder / "4f2c", "PNG")
    images, said = taken(folder)
    assert images == 4
    assert not said or f"skipped: {count} files that are not images (hidden 5" in said


@pytest.mark.parametrize("parts", [[], ["--partitions", 3]])
def test_images_with_any_name_are_written_back(run, odd, exported, tmp_path, capsys, parts):
    run("compress", odd, "-o", tmp_path / "out", *parts, "--quality", 100)
    assert "renamed: 9 (" in capsys.readouterr().out
    run("list", tmp_path / "out")
    listed = capsys.readouterr().out.splitlines()
    assert listed == [*find(odd).names]
    run("decompress", tmp_path / "out", "-o", tmp_path / "back")
    assert len([*(tmp_path / "back").iterdir()]) == len(NAMES)
    codec = Codec.load(exported)
    for name, path in find(odd).names.items():
        run("decompress", tmp_path / "out", "-o", tmp_path / "one.png", "--only", name, "--force")
        expected = codec.compress([np.asarray(Image.open(odd / path))], quality=100)
        assert np.array_equal(Image.open(tmp_path / "one.png"), codec.decompress(expected)[0])


@pytest.mark.parametrize("name", ["aux.png", "c\n.bmp", os.fsdecode(b"caf\xe9.png"), "4f"])
def test_a_single_file_may_have_any_name(run, odd, tmp_path, name):
    run("compress", odd / name, "-o", tmp_path / "a.imgc")


@pytest.mark.parametrize(
    "arguments",
    [
        ["compress", "pipe", "-o", "out"],
        ["compress", "pipe.npy", "-o", "out"],
        ["info", "pipe"],
        ["list", "pipe"],
        ["list", "set"],
        ["decompress", "pipe", "-o", "out"],
    ],
)
def test_a_pipe_is_refused_at_once(refused, tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "set").mkdir()
    for name in ("pipe", "pipe.npy", "set/index.json"):
        os.mkfifo(tmp_path / name)
    assert "is a pipe" in refused(*arguments)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["decoder.tflite", "card.json", "tables.npz"])
def test_a_pipe_instead_of_a_file_of_the_codec_is_refused(exported, tmp_path, name):
    os.mkfifo(tmp_path / name)
    with pytest.raises(ValueError, match=f"{name} is a pipe"):
        Codec.load(tmp_path)


def test_an_input_is_not_overwritten_by_its_archive(refused, run, folder, archive, tmp_path):
    before = (folder / "b.png").read_bytes()
    (tmp_path / "same").hardlink_to(folder / "b.png")
    for source, output in [
        (folder / "b.png", folder / "b.png"),
        (folder / "b.png", tmp_path / "same"),
        (folder, tmp_path / "same"),
    ]:
        said = refused("compress", source, "-o", output, "--force")
        assert "is also an input" in said or "suffix .imgc" in said
    assert (folder / "b.png").read_bytes() == before
    (tmp_path / "one.npy").symlink_to(archive)
    (tmp_path / "back").mkdir()
    (tmp_path / "back/b.png").hardlink_to(archive)
    for output in ("one.npy", "back"):
        said = refused("decompress", archive, "-o", tmp_path / output, "--force")
        assert "is also an input" in said
    run("info", archive)


def test_an_archive_among_its_images_is_not_an_image(run, folder, capsys):
    for _ in range(2):
        run("compress", folder, "-o", folder / "all.imgc", "--force")
        assert "3 images" in capsys.readouterr().out


def test_standard_output_receives_only_the_archive(folder, archive, exported):
    arguments = ["-m", "image_compressor", "compress", folder, "-o", "/dev/stdout"]
    done = subprocess.run(
        [sys.executable, *arguments, "--codec", exported], capture_output=True, check=True
    )
    assert done.stdout == archive.read_bytes()
    assert b"3 images" in done.stderr
