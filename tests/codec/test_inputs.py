import io
import re

import numpy as np
import pytest
from PIL import Image

from image_compressor import InputError
from image_compressor.codec import inputs
from image_compressor.errors import Unreachable
from image_compressor.images import decoding, image_files, originals
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
def test_an_image_that_would_lose_colours_or_pixels_is_refused(tmp_path, kind, message):
    unfit.write(kind, tmp_path / "x.png")
    with pytest.raises(InputError, match=re.escape(message)) as error:
        inputs.read(tmp_path / "x.png", (16, 16, 1))
    assert "x.png" in str(error.value)


@pytest.mark.parametrize(("kind", "change"), unfit.CONVERTED.items())
def test_all_else_is_converted_as_by_ingest_and_reported(tmp_path, kind, change):
    unfit.write(kind, tmp_path / "x.png")
    changes = []
    read = inputs.read(tmp_path / "x.png", (16, 16, 1), changes=changes)
    assert np.array_equal(read, Policy(1).apply(decoding.read(tmp_path / "x.png"))[..., 0])
    assert changes == ([change] if change else [])


def test_grey_becomes_rgb_for_a_colour_codec(tmp_path):
    image_files.write(tmp_path / "x.png", stack((8, 9)))
    changes = []
    read = inputs.read(tmp_path / "x.png", (None, None, 3), changes=changes)
    assert np.array_equal(read, np.repeat(stack((8, 9, 1)), 3, axis=2))
    assert changes == ["grey"]


def test_other_formats_are_not_read(tmp_path):
    Image.new("L", (16, 16)).save(tmp_path / "x.ppm")
    with pytest.raises(InputError, match="an image file"):
        inputs.read(tmp_path / "x.ppm", (16, 16, 1))


@pytest.mark.parametrize("fit", ["letterbox", "stretch", "crop"])
@pytest.mark.parametrize("size", [(3, 2), (1, 1), (40, 30), (12, 11)])
def test_fit_brings_any_image_to_the_size_of_the_codec(fit, size):
    image = stack((*size[::-1], 3))
    changes = []
    fitted = inputs.read(image, (11, 12, 1), "a", fit, changes)
    if fit != "crop" and size != (12, 11):
        assert (fitted.fit, fitted.size) == (fit, size[::-1])
        fitted = fitted.pixels
    assert np.array_equal(fitted, Policy(1, fit, (11, 12)).apply(image)[..., 0])
    assert ("size" in changes) == (size != (12, 11))
    if size != (12, 11):
        for refused in (None, "grey"):
            with pytest.raises(InputError, match=r"a of \d+x\d+.*--fit letterbox") as error:
                inputs.read(image[..., 0], (11, 12, 1), "a", refused)
            assert f"a of {size[0]}x{size[1]}" in str(error.value)


def test_fit_grey_drops_colours_only(tmp_path):
    read = inputs.read(stack((20, 30, 3)), (None, None, 1), "a", "grey")
    assert np.array_equal(read, Policy(1).apply(stack((20, 30, 3)))[..., 0])


@pytest.mark.parametrize("fit", ["letterbox", "stretch", "crop"])
def test_fitting_to_a_size_is_not_for_a_codec_of_any(fit):
    with pytest.raises(InputError, match=f"--fit {fit} is for a codec of one size"):
        inputs.read(stack((20, 30, 3)), (None, None, 3), "a", fit)


def test_an_unknown_fit_is_refused_with_the_nearest():
    with pytest.raises(InputError, match="Did you mean crop"):
        inputs.read(stack((20, 30, 3)), (16, 16, 3), "a", "croop")


def test_pixels_of_another_type_are_refused():
    with pytest.raises(InputError, match="a cannot be used: unsupported pixels"):
        inputs.read(stack((20, 30)) / 2, (12, 11, 1), "a", "crop")


def of_file(pixels):
    """The bytes of an image file."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("form", [np.asarray, of_file])
def test_an_image_may_be_larger_for_a_codec_of_any_size(monkeypatch, form):
    monkeypatch.setattr(inputs.decoding, "MANY_PIXELS", 599)
    monkeypatch.setattr(inputs, "LARGEST_IMAGE", 600)
    inputs.read(form(stack((20, 30))), (None, None, 1), "a")
    for shape, pixels in [((20, 30, 1), (20, 30)), ((None, None, 1), (20, 31))]:
        with pytest.raises(InputError, match="too large"):
            inputs.read(form(stack(pixels)), shape, "a")


def test_metadata_is_that_of_the_file_and_errors_name_it(tmp_path):
    unfit.write("rotation", tmp_path / "x.png")
    found = inputs.metadata(tmp_path / "x.png", "a")
    assert found == originals.read(tmp_path / "x.png")
    assert found.time and found.exif
    with pytest.raises(InputError, match=r"an image file.*a, not an image"):
        inputs.metadata(b"text", "a")


def test_what_is_unusable_is_named_with_the_reason_but_a_failing_storage_is_an_error():
    def read(item):
        if item:
            raise item

    items = [("a", None), ("b", InputError("too dark")), ("c", None), ("d", InputError("torn"))]
    assert list(inputs.unusable(read, items)) == [("b", "too dark"), ("d", "torn")]
    found = inputs.unusable(read, [*items[:2], ("e", Unreachable("no network"))])
    assert next(found) == ("b", "too dark")
    with pytest.raises(Unreachable, match="no network"):
        next(found)
