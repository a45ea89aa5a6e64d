"""Arguments of a wrong type give an error of one line."""

import io
from pathlib import Path

import numpy as np
import pytest

from image_compressor import Codec, InputError
from tests.codec.networks import codec, images

CODEC, IMAGES = codec(size=16), images(3, size=16)


@pytest.mark.parametrize(
    "options",
    [
        *({"quality": value} for value in (50.0, "50", True, float("nan"), [50])),
        *({"target_ssim": value} for value in ("0.9", True, [0.9], np.True_)),
        *({"target_bytes": value} for value in ("4000", True, 4000.0)),
        *({"min_ssim": value} for value in ("0.9", True)),
        {"min_ssim": 0.9, "guard": False},
        {"best": True},
        {"best": True, "guard": False},
        {"quality": 50, "target_ssim": 0.9},
        *({"names": value} for value in (5, "abc", b"abc", [1, 2, 3], [Path("a"), "b", "c"])),
    ],
    ids=str,
)
def test_wrong_options_for_writing(options):
    with pytest.raises(InputError):
        CODEC.compress(IMAGES, **options)


def test_numbers_of_numpy_are_numbers():
    expected = CODEC.compress(IMAGES, quality=7)
    assert CODEC.compress(IMAGES, quality=np.uint8(7)) == expected
    assert CODEC.compress(IMAGES, target_bytes=np.int32(10**6))
    assert CODEC.compress(IMAGES, target_ssim=np.float32(-1))


@pytest.mark.parametrize("file", [None, 5, b""])
def test_wrong_files(file):
    with pytest.raises(InputError, match="open for reading"):
        CODEC.open(file)
    with pytest.raises(InputError, match="open for writing"):
        CODEC.write(file, IMAGES)


@pytest.mark.parametrize("file", ["no.imgc", "."])
def test_a_path_without_a_file_cannot_be_opened(file):
    with pytest.raises(InputError, match=r"an existing \.imgc file"):
        CODEC.open(file)


@pytest.mark.parametrize("name", [3, None, b"digits", ["digits"], "a\0b"])
def test_wrong_names_for_loading(name):
    with pytest.raises(InputError):
        Codec.load(name)


def test_limits_are_inclusive():
    """A file of three images is refused only if a limit is below its size."""
    data = CODEC.compress(IMAGES)
    assert len(CODEC.open(io.BytesIO(data), max_images=3, max_total_pixels=3 * 256)) == 3
    for limit, flag in [("max_images", 2), ("max_total_pixels", 767)]:
        with pytest.raises(InputError, match=f"raise --{limit.replace('_', '-')}, or {limit}"):
            CODEC.decompress(data, **{limit: flag})
