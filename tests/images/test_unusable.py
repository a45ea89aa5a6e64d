"""Images that `decoding` refuses, and images that it just accepts."""

import numpy as np
import pytest
from PIL import Image

from image_compressor.images import decoding
from image_compressor.images.unusable import Unusable
from tests.ingest import bad_files
from tests.ingest.bad_files import file


def test_the_first_frame_of_a_gif_is_read_and_other_animations_are_refused():
    frames = [Image.new("L", (16, 16), level) for level in (9, 90)]
    options = {"save_all": True, "append_images": frames[1:]}
    assert (decoding.read(file(frames[0], "GIF", **options)) == 9).all()
    for kind in ("PNG", "WEBP", "AVIF", "TIFF"):
        with pytest.raises(Unusable, match=f"several frames: 2 in a {kind}"):
            decoding.read(file(frames[0], kind, **options))


def test_an_image_larger_than_allowed_is_not_decoded():
    data = file(Image.new("1", (2000, 1000)), "PNG")
    with pytest.raises(Unusable, match="too large: 2000x1000 pixels"):
        decoding.read(data, 1_999_999)
    assert decoding.read(data, 2_000_000).shape == (1000, 2000)
    with pytest.raises(Unusable, match="too large"):
        decoding.read(np.zeros((20, 20), np.uint8), 399)


def test_a_webp_beyond_the_limit_of_pillow_is_too_large_and_not_damaged():
    data = bytearray(file(Image.new("RGB", (16, 16)), "WEBP", lossless=True))
    start = data.index(b"VP8L") + 9  # width and height minus one, 14 bits each
    data[start : start + 4] = (16382 | 16382 << 14).to_bytes(4, "little")
    with pytest.raises(Unusable, match=r"^too large: "):
        decoding.read(bytes(data))


def test_a_hundred_bad_files_are_each_refused_with_the_right_reason(tmp_path):
    (tmp_path / "good.png").write_bytes(file(bad_files.noise(0), "PNG"))
    reasons = bad_files.write(tmp_path, "good.png")
    reasons = {name: reason for name, reason in reasons.items() if reason != "duplicate"}
    assert len(reasons) > 80
    limits = bad_files.MAX_PIXELS, bad_files.SMALLEST
    for name, reason in reasons.items():
        with pytest.raises(Unusable, match=f"^{reason}: .") as error:
            decoding.read(tmp_path / name, *limits)
        assert "\n" not in str(error.value) and len(str(error.value)) < 222
        if (tmp_path / name).is_file() and reason != "empty":
            with pytest.raises(Unusable, match=f"^{reason}: ."):
                decoding.read((tmp_path / name).read_bytes(), *limits)


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((16, 16), np.int16),
        np.zeros((16, 16, 2), np.uint8),
        np.zeros((16, 16, 3, 1), np.uint8),
        np.zeros(16, np.uint8),
        np.zeros((16, 16, 5), np.float32),
    ],
)
def test_invalid_arrays_are_refused(pixels):
    with pytest.raises(Unusable, match="unsupported pixels"):
        decoding.read(pixels)
