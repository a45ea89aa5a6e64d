import io

import numpy as np
import pytest
from PIL import Image

from image_compressor import InputError
from image_compressor.codec.file import stored_files
from image_compressor.codec.guard.floors import similarities

RANDOM = np.random.default_rng(0)


def smooth(height, width, channels):
    """A picture that compresses well."""
    y, x = np.mgrid[:height, :width]
    maps = [127 + 120 * np.sin(x / (5 + k)) * np.cos(y / 7) for k in range(channels)]
    return np.uint8(np.stack(maps, axis=-1))


PICTURES = [smooth(28, 28, 1), smooth(28, 29, 3), smooth(1, 1, 3), smooth(1, 300, 1)]


@pytest.mark.parametrize("image", PICTURES, ids=lambda image: str(image.shape))
def test_without_loss_every_image_comes_back(image):
    for picture in (image, RANDOM.integers(0, 256, image.shape, np.uint8)):
        kind, content = stored_files.lossless(picture)
        assert np.array_equal(stored_files.decode(kind, content, picture.shape), picture)


def test_an_image_too_wide_for_webp_is_stored_without_loss_too():
    image = smooth(1, stored_files.LARGEST_SIDE + 1, 1)
    kind, content = stored_files.lossless(image)
    assert np.array_equal(stored_files.decode(kind, content, image.shape), image)
    found = stored_files.smallest(image, lambda *pair: True)
    assert found is not None
    assert found[0] == stored_files.AVIF


@pytest.mark.parametrize("wanted", [0.5, 0.9, 0.97])
@pytest.mark.parametrize("image", [smooth(28, 28, 1), smooth(64, 48, 3)])
def test_the_smallest_file_passes_and_a_lower_setting_does_not(image, wanted):
    def ssim(decoded):
        return similarities(image[None], decoded[None])[0]

    found = stored_files.smallest(image, lambda image, decoded: ssim(decoded) >= wanted)
    assert found is not None
    kind, content = found
    assert ssim(stored_files.decode(kind, content, image.shape)) >= wanted
    classical = []
    for name, options in (("WEBP", {"method": 6}), ("AVIF", {"speed": 6})):
        for quality in range(0, 101, 4):
            file = io.BytesIO()
            Image.fromarray(image.squeeze()).save(file, name, quality=quality, **options)
            with Image.open(file) as picture:
                decoded = np.asarray(picture.convert("L" if image.shape[2] == 1 else "RGB"))
            if ssim(decoded.reshape(image.shape)) >= wanted:
                classical.append(len(file.getvalue()))
    assert len(content) <= min(classical)


@pytest.mark.parametrize("wanted", [0.97, 0.99])
def test_a_large_image_is_encoded_a_few_times_and_its_file_is_still_the_smallest(
    monkeypatch, wanted
):
    image = smooth(400, 400, 1)
    encoded, sizes = stored_files._encoded, []

    def counted(kind, picture, setting):
        sizes.append(picture.shape)
        return encoded(kind, picture, setting)

    def passes(picture, decoded):
        return similarities(picture[None], decoded[None])[0] >= wanted

    monkeypatch.setattr(stored_files, "_encoded", counted)
    monkeypatch.setattr(stored_files, "SAMPLED", image.size)
    found = stored_files._lowest(stored_files.LOSSY, image, passes)
    assert sizes.count(image.shape) <= 5
    assert found == stored_files._searched(stored_files.LOSSY, image, passes, 50)[1]


def test_an_image_that_nothing_brings_there_has_no_lossy_file():
    assert stored_files.smallest(smooth(28, 28, 1), lambda *pair: False) is None


def test_a_file_that_would_be_larger_is_not_made():
    image = smooth(28, 28, 1)
    assert stored_files.smallest(image, lambda *pair: True, most=10) is None
    found = stored_files.smallest(image, lambda *pair: True)
    assert found is not None
    size = len(found[1])
    assert stored_files.smallest(image, lambda *pair: True, most=size) is None
    assert stored_files.smallest(image, lambda *pair: True, most=size + 1) == found


@pytest.mark.parametrize("lossless", [False, True])
def test_other_programs_read_the_whole_file(lossless):
    image = smooth(28, 29, 3)
    kind, content = (
        stored_files.lossless(image)
        if lossless
        else stored_files.smallest(image, lambda *pair: True)
    )
    with Image.open(io.BytesIO(stored_files.whole(kind, content))) as picture:
        assert picture.size == (29, 28)


def test_forged_files_are_refused():
    kind, content = stored_files.lossless(smooth(28, 28, 1))
    for wrong in [
        (kind, content[:-20]),
        (kind, b""),
        (kind, b"text" * 9),
        (9, content),
        (4, content),
    ]:
        with pytest.raises(InputError, match="damaged"):
            stored_files.decode(*wrong, (28, 28, 1))
    with pytest.raises(InputError, match=r"28x28 pixels.*damaged"):
        stored_files.decode(kind, content, (28, 27, 1))


@pytest.mark.parametrize("form", ["GIF", "BMP", "TIFF", "JPEG", "WEBP"])
def test_a_file_of_another_format_than_its_kind_is_refused(form):
    file = io.BytesIO()
    Image.new("L", (28, 28)).save(file, form)
    for kind in (stored_files.PNG, stored_files.AVIF):
        with pytest.raises(InputError, match="damaged"):
            stored_files.decode(kind, file.getvalue(), (28, 28, 1))


def test_a_bomb_is_refused_before_its_pixels_are_made():
    file = io.BytesIO()
    Image.new("L", (9000, 9000)).save(file, "PNG")
    with pytest.raises(InputError, match="9000x9000"):
        stored_files.decode(stored_files.PNG, file.getvalue(), (28, 28, 1))
