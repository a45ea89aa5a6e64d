"""The commands join, split and recompress."""

import numpy as np
import pytest
from PIL import Image

from image_compressor import Codec, cli


@pytest.fixture
def run(capsys):
    def run(*arguments):
        cli.main([str(argument) for argument in arguments])
        return capsys.readouterr().out

    return run


@pytest.fixture
def folders(tmp_path):
    """Two directories of digits and squares, and one of noise."""
    rng = np.random.default_rng(0)
    for name, count in (("a", 5), ("b", 3), ("noise", 2)):
        (tmp_path / name).mkdir()
        for number in range(count):
            image = np.zeros((28, 28), np.uint8)
            image[4 : 12 + number, 6:20] = 255
            if name == "noise":
                image = rng.integers(0, 256, (28, 28), np.uint8)
            Image.fromarray(image).save(tmp_path / name / f"{name}{number}.png")
    return tmp_path


def pixels(file):
    with Codec.load("digits").open(file) as archive:
        return dict(zip(archive.header.names or (), archive, strict=True))


def test_a_file_is_split_and_joined_again(run, folders):
    for name in ("a", "b", "noise"):
        run("compress", folders / name, "-o", folders / f"{name}.imgc", "--codec", "digits")
    names = [folders / f"{name}.imgc" for name in ("a", "noise", "b")]
    assert "10 images in" in run("join", *names, "-o", folders / "all.imgc")
    whole = pixels(folders / "all.imgc")
    assert list(whole) == [name for file in names for name in pixels(file)]
    said = run("split", folders / "all.imgc", "-o", folders / "parts", "--files", 3)
    assert "10 images in 3 files" in said
    parts = [pixels(folders / f"parts/all-{number:05}.imgc") for number in range(3)]
    again = {name: image for part in parts for name, image in part.items()}
    every = {name: image for file in names for name, image in pixels(file).items()}
    assert list(again) == list(whole)
    for name in whole:
        assert np.array_equal(whole[name], every[name])
        assert np.array_equal(whole[name], again[name])


def test_archives_of_two_codecs_are_not_joined(run, folders):
    run("compress", folders / "a", "-o", folders / "a.imgc", "--codec", "digits")
    Image.new("RGB", (40, 30)).save(folders / "red.png")
    run("compress", folders / "red.png", "-o", folders / "red.imgc", "--codec", "photo")
    with pytest.raises(SystemExit, match="Join only files of one codec"):
        run("join", folders / "a.imgc", folders / "red.imgc", "-o", folders / "c.imgc")
    assert not (folders / "c.imgc").exists()


def test_a_file_is_recompressed_with_another_codec_and_loses_little(run, folders):
    for name in ("a", "noise"):
        run("compress", folders / name, "-o", folders / f"{name}.imgc", "--codec", "digits")
    run("join", folders / "a.imgc", folders / "noise.imgc", "-o", folders / "old.imgc")
    said = run("recompress", folders / "old.imgc", "-o", folders / "new.imgc", "--to", "digits")
    assert "7 images in" in said
    assert "2 as before" in said
    old, new = pixels(folders / "old.imgc"), pixels(folders / "new.imgc")
    assert list(old) == list(new)
    for name in old:
        if name.startswith("noise"):
            assert np.array_equal(old[name], new[name])
    said = run("check", folders / "new.imgc")
    assert "every checksum is right" in said
    refused = ("recompress", folders / "old.imgc", "-o", folders / "x.imgc", "--to", "digits")
    with pytest.raises(SystemExit, match="above 0 and below 1"):
        run(*refused, "--max-loss", 2)
    with pytest.raises(SystemExit, match="exists already"):
        run("recompress", folders / "old.imgc", "-o", folders / "new.imgc", "--to", "digits")


def test_a_set_is_recompressed_file_by_file_and_resumes(run, folders):
    run("compress", folders / "a", "-o", folders / "set", "--codec", "digits", "--partitions", 3)
    recompress = ("recompress", folders / "set", "-o", folders / "new", "--to", "digits")
    with pytest.raises(SystemExit, match="above 0 and below 1"):
        run(*recompress, "--max-loss", 2)
    assert not (folders / "new").exists()
    assert "5 images in 3 files" in run(*recompress)
    times = {path: path.stat().st_mtime_ns for path in (folders / "new").glob("*.imgc")}
    assert len(times) == 3
    assert run("list", folders / "new") == run("list", folders / "set")
    (folders / "new/part-00001.imgc").unlink()
    run(*recompress)
    again = {path: path.stat().st_mtime_ns for path in (folders / "new").glob("*.imgc")}
    assert sum(times[path] != again[path] for path in times) == 1
    with pytest.raises(SystemExit, match=r"--min-ssim 0\.98"):
        run(*recompress, "--max-loss", 0.1)
    run("decompress", folders / "new", "-o", folders / "back")
    assert len([*(folders / "back").glob("*.png")]) == 5
