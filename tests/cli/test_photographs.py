"""Commands with a codec for images of any size."""

import json

import numpy as np
import pytest
from PIL import Image

from image_compressor import Codec, cli
from tests.photographs import picture

SIZES = {"a.png": (40, 61), "b/c.png": (1, 1), "b/d.png": (130, 7)}


def pixels(path):
    with Image.open(path) as image:
        return np.asarray(image)


@pytest.fixture
def folder(tmp_path):
    directory = tmp_path / "photographs"
    (directory / "b").mkdir(parents=True)
    for name, size in SIZES.items():
        Image.fromarray(picture(*size)).save(directory / name)
    return directory


@pytest.fixture
def run(photo_codec):
    def run(*arguments):
        codec = [] if arguments[0] == "info" else ["--codec", photo_codec]
        cli.main([str(argument) for argument in [*arguments, *codec]])

    return run


def test_a_directory_comes_back_in_its_sizes(run, folder, tmp_path, photo_codec, capsys):
    run("compress", folder, "-o", tmp_path / "a.imgc", "--quality", 80)
    raw = sum(3 * height * width for height, width in SIZES.values())
    size = (tmp_path / "a.imgc").stat().st_size
    assert f"3 images in {size:,} bytes" in (out := capsys.readouterr().out)
    assert f"1:{raw / size:.1f} of the pixels" in out
    run("decompress", tmp_path / "a.imgc", "-o", tmp_path / "back")
    codec = Codec.load(photo_codec)
    for name, size in SIZES.items():
        (expected,) = codec.decompress(codec.compress([picture(*size)], quality=80))
        assert np.array_equal(pixels(tmp_path / "back" / name), expected)


def test_info_shows_any_as_size(run, folder, tmp_path, capsys):
    run("compress", folder, "-o", tmp_path / "a.imgc")
    capsys.readouterr()
    run("info", tmp_path / "a.imgc", "--json")
    facts = json.loads(capsys.readouterr().out)
    assert (facts["height"], facts["width"], facts["images"]) == ("any", "any", 3)


def test_one_image_is_read_and_written_alone(run, folder, tmp_path):
    run("compress", folder / "a.png", "-o", tmp_path / "a.imgc")
    run("decompress", tmp_path / "a.imgc", "-o", tmp_path / "a.png")
    assert pixels(tmp_path / "a.png").shape == (*SIZES["a.png"], 3)


def test_images_of_several_sizes_cannot_be_a_stack(run, folder, tmp_path):
    run("compress", folder, "-o", tmp_path / "a.imgc")
    with pytest.raises(SystemExit, match=r"images of one size for a.npy.*Name a folder"):
        run("decompress", tmp_path / "a.imgc", "-o", tmp_path / "a.npy")
    assert not (tmp_path / "a.npy").exists()


def test_images_beyond_the_limit_are_refused(run, folder, tmp_path):
    run("compress", folder, "-o", tmp_path / "a.imgc")
    with pytest.raises(SystemExit, match=r"at most 100 pixels.*--max-pixels"):
        run("decompress", tmp_path / "a.imgc", "-o", tmp_path / "a", "--max-pixels", "100")
    assert not (tmp_path / "a").exists()


def test_grey_images_become_coloured_without_a_word_less(run, tmp_path, capsys):
    Image.fromarray(picture(20, 30)[..., 0]).save(tmp_path / "grey.png")
    run("compress", tmp_path / "grey.png", "-o", tmp_path / "a.imgc")
    assert "converted: grey 1" in capsys.readouterr().out
    run("decompress", tmp_path / "a.imgc", "-o", tmp_path / "back.png")
    assert pixels(tmp_path / "back.png").shape == (20, 30, 3)


def test_a_target_in_bytes_is_met(run, folder, tmp_path):
    run("compress", folder, "-o", tmp_path / "a.imgc", "--target-bytes", 2500)
    assert (tmp_path / "a.imgc").stat().st_size <= 2500
