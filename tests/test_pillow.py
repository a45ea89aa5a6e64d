"""Opening .imgc files with Pillow."""

import numpy as np
import pytest
from PIL import Image, UnidentifiedImageError

import image_compressor.pillow
from image_compressor import Codec, WrongCodecError
from tests.codec.networks import codec as untrained
from tests.codec.networks import images
from tests.photographs import picture


def test_its_images_are_frames(tmp_path, digits):
    codec, path = Codec.load("digits"), tmp_path / "digits.imgc"
    codec.write(path, digits[:5], [f"{number}.png" for number in range(5)])
    with codec.open(path) as archive, Image.open(path) as image:
        assert (image.format, image.n_frames, image.mode, image.size) == ("IMGC", 5, "L", (28, 28))
        assert np.array_equal(np.asarray(image), archive[0])
        image.seek(3)
        assert (image.tell(), image.info) == (3, {"name": "3.png"})
        assert np.array_equal(np.asarray(image), archive[3])
        image.seek(0)
        assert np.array_equal(np.asarray(image), archive[0])
        with pytest.raises(EOFError):
            image.seek(5)


def test_images_of_any_size_each_have_theirs(tmp_path):
    path = tmp_path / "photos.imgc"
    Codec.load("photo").write(path, [picture(20, 30), picture(9, 7)])
    with Image.open(path) as image:
        assert (image.mode, image.size) == ("RGB", (30, 20))
        image.seek(1)
        assert image.size == (7, 9)
        assert np.asarray(image.convert("L")).shape == (9, 7)


def test_a_file_of_an_unknown_codec_names_it(tmp_path):
    path = tmp_path / "a.imgc"
    untrained().write(path, images(2))
    with pytest.raises(WrongCodecError, match=r"No codec 74657374"):
        Image.open(path)


def test_a_codec_of_ones_own_is_found_once_it_is_named(tmp_path, exported, pictures, monkeypatch):
    path = tmp_path / "a.imgc"
    Codec.load(exported).write(path, pictures[:2])
    monkeypatch.setattr(image_compressor.pillow, "codecs", [str(exported)])
    with Image.open(path) as image:
        assert image.n_frames == 2


def test_damage_is_an_image_that_pillow_does_not_know(tmp_path, digits):
    path = tmp_path / "a.imgc"
    Codec.load("digits").write(path, digits[:2])
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(UnidentifiedImageError):
        Image.open(path)
