import tracemalloc

import numpy as np
import pytest
from PIL import Image

from image_compressor import InputError
from image_compressor.images.fitting import Policy, of_codec, unfitted
from tests.photographs import picture

WIDE = np.tile(np.linspace(40, 240, 60).astype(np.uint8), (20, 1))  # brighter to the right


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("fit", ["letterbox", "stretch", "crop"])
@pytest.mark.parametrize("shape", [(20, 60), (60, 20, 1), (11, 12, 3), (32, 24, 3), (400, 301)])
def test_every_image_gets_the_size_and_channels(channels, fit, shape):
    pixels = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    fitted = Policy(channels, fit, (32, 24)).apply(pixels)
    assert (fitted.shape, fitted.dtype) == ((32, 24, channels), np.uint8)


@pytest.mark.parametrize("fit", ["letterbox", "stretch", "crop"])
def test_an_image_that_fits_is_unchanged(fit):
    assert np.array_equal(Policy(1, fit, WIDE.shape).apply(WIDE)[..., 0], WIDE)


def test_only_the_crop_of_a_strip_is_scaled():
    strip = np.tile(np.arange(200_000, dtype=np.uint32).astype(np.uint8)[:, None], (1, 11))
    tracemalloc.start()
    assert Policy(1, "crop", (256, 256)).apply(strip).shape == (256, 256, 1)
    assert tracemalloc.get_traced_memory()[1] < 10 * strip.nbytes
    tracemalloc.stop()


def test_native_changes_channels_only():
    assert np.array_equal(Policy(1).apply(WIDE), WIDE[..., None])
    colour = Policy(3).apply(WIDE)
    assert np.array_equal(colour, np.repeat(WIDE[..., None], 3, axis=2))
    assert np.array_equal(Policy(1).apply(colour), WIDE[..., None])
    assert Policy(1).apply(np.full((9, 9, 3), (0, 255, 0), np.uint8))[0, 0] == round(0.587 * 255)


def test_letterbox_keeps_proportions_between_black_bars():
    fitted = Policy(1, "letterbox", (30, 30)).apply(WIDE)[..., 0]
    assert not fitted[:10].any()
    assert not fitted[20:].any()
    assert (fitted[10:20] > 30).all()


def test_stretch_keeps_the_whole():
    fitted = Policy(1, "stretch", (20, 20)).apply(WIDE)[10, :, 0].astype(int)
    assert abs(fitted[0] - 42) < 4
    assert abs(fitted[-1] - 238) < 4


def test_a_crop_is_from_the_centre_or_from_a_random_position():
    policy = Policy(1, "crop", (20, 20))
    assert np.array_equal(policy.apply(WIDE)[..., 0], WIDE[:, 20:40])
    random = np.random.default_rng(0)
    starts = {int(policy.apply(WIDE, random)[0, 0, 0]) for _ in range(400)}
    assert starts == set(WIDE[0, :41].tolist()), "every position, including both ends"


@pytest.mark.parametrize("shape", [(20, 60), (60, 20), (25, 30), (40, 20), (32, 23), (31, 24)])
def test_a_smaller_image_is_scaled_up_to_cover_the_size_and_cropped(shape):
    pixels = picture(*shape)[..., 0]
    factor = max(32 / shape[0], 24 / shape[1])
    height, width = (round(factor * side) for side in shape)
    scaled = np.asarray(Image.fromarray(pixels).resize((width, height), Image.Resampling.LANCZOS))
    top, left = (height - 32) // 2, (width - 24) // 2
    expected = scaled[top : top + 32, left : left + 24]
    fitted = Policy(1, "crop", (32, 24)).apply(pixels)[..., 0]
    assert np.abs(fitted - expected.astype(int)).max() <= 1


@pytest.mark.parametrize("shape", [(33, 25), (50, 24), (32, 41), (35, 31)])
def test_a_crop_of_a_larger_image_is_not_scaled(shape):
    pixels = picture(*shape)
    top, left = (shape[0] - 32) // 2, (shape[1] - 24) // 2
    fitted = Policy(3, "crop", (32, 24)).apply(pixels)
    assert np.array_equal(fitted, pixels[top : top + 32, left : left + 24])


@pytest.mark.parametrize("size", [(10, 30), (40, 120)])
def test_scaling_uses_the_lanczos_filter(size):
    pixels = picture(*WIDE.shape)[..., 0]
    scaled = Image.fromarray(pixels).resize(size[::-1], Image.Resampling.LANCZOS)
    for fit in ("letterbox", "stretch"):
        assert np.array_equal(Policy(1, fit, size).apply(pixels)[..., 0], np.asarray(scaled))


def test_at_least_a_row_of_a_strip_is_left():
    fitted = Policy(1, "letterbox", (9, 9)).apply(np.full((1, 400), 200, np.uint8))[..., 0]
    assert np.array_equal(fitted.any(axis=1), np.arange(9) == 4)


@pytest.mark.parametrize(("fit", "size"), [("native", (9, 9)), ("crop", None)])
def test_size_and_fit_go_together(fit, size):
    with pytest.raises(InputError, match=r"preprocess\.size"):
        Policy(1, fit, size)


@pytest.mark.parametrize("card", [{}, {"parameters": 1}, {"parameters": {"preprocess": {}}}])
def test_a_codec_without_a_policy_is_native(card):
    assert of_codec(card, (28, 28, 1)) == Policy(1)


def test_the_policy_of_a_codec_is_in_its_card():
    card = {"parameters": {"preprocess": {"fit": "crop", "size": [32, 24]}}}
    assert of_codec(card, (32, 24, 3)) == Policy(3, "crop", (32, 24))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("fit", ["letterbox", "stretch"])
@pytest.mark.parametrize("size", [(40, 30), (16, 16), (9, 80), (1, 1), (300, 2)])
def test_scaling_is_undone(size, fit, channels):
    y, x = np.mgrid[: size[0], : size[1]]
    image = np.uint8(127 + 60 * np.sin(x / size[1] * 3) + 60 * np.cos(y / size[0] * 3))
    image = image[..., None].repeat(channels, axis=2)
    fitted = Policy(channels, fit, (16, 16)).apply(image)
    again = unfitted(fitted, fit, size)
    assert again.shape == image.shape
    if min(size) > 9:
        assert np.abs(again.astype(int) - image).mean() < 8
