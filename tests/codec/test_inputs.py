import re

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from image_compressor import InputError
from image_compressor.codec import batches, inputs
from image_compressor.images import image_files
from image_compressor.images.fitting import Policy
from image_compressor.images.safe_names import LOSSLESS
from tests.codec import unfit


def stack(shape=(7, 8, 9)):
    return np.random.default_rng(0).integers(0, 256, shape, np.uint8)


@pytest.mark.parametrize("ending", LOSSLESS)
@pytest.mark.parametrize("shape", [(8, 9), (8, 9, 1), (8, 9, 3)])
def test_reading_inverts_writing(tmp_path, ending, shape):
    image = stack(shape)
    image_files.write(tmp_path / f"image{ending}", image)
    channels = 3 if shape[2:] == (3,) else 1
    read = inputs.read(tmp_path / f"image{ending}", (8, 9, channels))
    assert np.array_equal(read.reshape(shape), image)


@pytest.mark.parametrize(("kind", "message"), unfit.REASONS.items())
def test_an_image_that_would_lose_something_is_refused(tmp_path, kind, message):
    unfit.write(kind, tmp_path / "x.png")
    with pytest.raises(InputError, match=re.escape(message)) as error:
        inputs.read(tmp_path / "x.png", (16, 16, 1))
    assert "x.png" in str(error.value)


def test_colour_of_sixteen_bits_is_refused(tmp_path):
    data = imagecodecs.png_encode(np.zeros((16, 16, 3), np.uint16))
    (tmp_path / "x.png").write_bytes(data)
    with pytest.raises(InputError, match="16 bits a channel"):
        inputs.read(tmp_path / "x.png", (16, 16, 3))


def test_a_black_and_white_image_is_grey(tmp_path):
    Image.new("1", (9, 8), 1).save(tmp_path / "x.png")
    assert np.array_equal(inputs.read(tmp_path / "x.png", (8, 9, 1)), np.full((8, 9), 255))


def test_other_formats_are_not_read(tmp_path):
    Image.new("L", (16, 16)).save(tmp_path / "x.ppm")
    with pytest.raises(InputError, match="an image file"):
        inputs.read(tmp_path / "x.ppm", (16, 16, 1))


def test_an_image_of_any_size_is_read_up_to_the_limit(tmp_path, monkeypatch):
    image_files.write(tmp_path / "x.png", stack((20, 30, 3)))
    monkeypatch.setattr(batches, "LARGEST_IMAGE", 600)
    assert inputs.read(tmp_path / "x.png", (None, None, 3)).shape == (20, 30, 3)
    monkeypatch.setattr(batches, "LARGEST_IMAGE", 599)
    with pytest.raises(InputError, match=r"at most 599 pixels.*30x20"):
        inputs.read(tmp_path / "x.png", (None, None, 3))


def test_a_fitted_image_has_the_size_of_the_codec():
    image, crop = stack((20, 30, 3)), Policy(1, "crop", (12, 11))
    fitted = inputs.fitted(image, crop, (12, 11, 1), "a")
    assert np.array_equal(fitted, crop.apply(image))
    assert inputs.fitted(image, Policy(1), (None, None, 1), "a").shape == (20, 30, 1)
    with pytest.raises(InputError, match=r"policy is native.*a of 30x20"):
        inputs.fitted(image, Policy(1), (20, 31, 1), "a")
    with pytest.raises(InputError, match="a cannot be used: unsupported pixels"):
        inputs.fitted(image / 2, crop, (12, 11, 1), "a")


def test_an_image_to_fit_may_be_larger_for_a_codec_of_any_size(monkeypatch):
    monkeypatch.setattr(inputs.decoding, "MANY_PIXELS", 599)
    monkeypatch.setattr(inputs, "LARGEST_IMAGE", 600)
    inputs.fitted(stack((20, 30)), Policy(1), (None, None, 1), "a")
    for shape, pixels in [((20, 30, 1), (20, 30)), ((None, None, 1), (20, 31))]:
        with pytest.raises(InputError, match="too large"):
            inputs.fitted(stack(pixels), Policy(1), shape, "a")


@pytest.mark.parametrize("fit", ["native", "crop", "letterbox", "stretch"])
@pytest.mark.parametrize("size", [(3, 2), (1, 1), (40, 30)])
def test_fit_is_advised_only_where_it_helps(tmp_path, fit, size):
    Image.new("L", size, 9).save(tmp_path / "x.png")
    policy = Policy(1) if fit == "native" else Policy(1, fit, (16, 16))
    with pytest.raises(InputError) as error:
        inputs.read(tmp_path / "x.png", (16, 16, 1), policy=policy)
    assert ("Add --fit" in str(error.value)) == (fit != "native")
    if fit != "native":
        assert inputs.fitted(tmp_path / "x.png", policy, (16, 16, 1), "x").shape == (16, 16, 1)
    assert inputs.fitted(tmp_path / "x.png", Policy(1), (None, None, 1), "x").size == np.prod(size)


def test_fit_is_not_advised_for_several_frames(tmp_path):
    unfit.write("frames", tmp_path / "x.tif")
    for read in (
        lambda path: inputs.read(path, (16, 16, 1)),
        lambda path: inputs.fitted(path, Policy(1), (16, 16, 1), path),
    ):
        with pytest.raises(InputError, match=r"several frames.* Save the frame"):
            read(tmp_path / "x.tif")
