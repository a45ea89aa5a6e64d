import numpy as np
import pytest

from image_compressor.evaluation import rivals
from image_compressor.evaluation.rivals import RIVALS, SHEET, cut, measure, sheet
from tests.evaluation.test_distortion import pair

of_each_rival = pytest.mark.parametrize("name", RIVALS)


@pytest.fixture(scope="module")
def colour(digits):
    """40 digits, orange on black."""
    return np.stack([digits[:40], digits[:40] // 2, digits[:40] // 8], axis=3)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("count", [1, 2, 24, 25, 26, 45])
def test_cutting_a_sheet_gives_its_images(count, channels):
    images, _ = pair(count, (6, 7, channels))
    picture = sheet(images)
    rows, columns = picture.shape[0] / 6, picture.shape[1] / 7
    assert rows <= columns <= rows + 1
    assert (columns - 1) ** 2 < count <= rows * columns
    assert np.array_equal(cut(picture, images.shape), images)
    assert np.array_equal(picture[:6, :7], images[0])


@of_each_rival
@pytest.mark.parametrize("shape", [(16, 16), (28, 28), (40, 24, 3)])
def test_each_decodes_what_it_encodes_to_the_same_form(name, shape):
    y, x = np.mgrid[: shape[0], : shape[1]] / max(shape)
    waves = 127.5 + 100 * np.sin(5 * x + 3 * y)
    picture = np.uint8(waves if len(shape) == 2 else np.stack([waves, 255 - waves, waves], 2))
    for setting in RIVALS[name].settings:
        decoded = RIVALS[name].decode(RIVALS[name].encode(picture, setting))
        # A grey WebP is decoded as three equal channels.
        decoded = decoded if decoded.ndim == len(shape) else decoded[..., 0]
        assert (decoded.shape, decoded.dtype) == (shape, np.uint8)
    assert np.abs(decoded.astype(int) - picture).mean() < 4


@of_each_rival
@pytest.mark.parametrize("arrangement", ["", SHEET])
def test_more_bytes_buy_more_similarity(name, arrangement, digits):
    points = measure(name + arrangement, digits[:45, ..., None], 2)
    assert points[0].bytes_per_image < points[-1].bytes_per_image
    for metric in ("ssim", "psnr"):
        assert getattr(points[0], metric) < getattr(points[-1], metric)
    assert points[0].l1 > points[-1].l1
    assert points[-1].ssim > 0.95


@of_each_rival
def test_a_sheet_takes_fewer_bytes_than_a_file_each(name, digits):
    single, together = (
        measure(name + arrangement, digits[:45, ..., None], 1)[0] for arrangement in ("", SHEET)
    )
    assert together.bytes_per_image < single.bytes_per_image


@pytest.mark.parametrize("name", rivals.names())
def test_colour_is_measured_too(name, colour):
    assert measure(name, colour, 2)[-1].ssim > 0.8


@pytest.mark.parametrize("name", rivals.names())
def test_one_image_is_measured_too(name, digits):
    assert 0 < measure(name, digits[:1, ..., None], 2)[-1].ssim <= 1


def test_settings_are_spread_over_the_rivals_and_kept_with_their_points(digits):
    points = measure("jpeg", digits[:5, ..., None], 4)
    assert [point.setting for point in points] == [5, 35, 65, 95]


def test_every_rival_is_there_alone_and_of_small_images_of_one_size_in_a_sheet():
    both = [n + end for n in RIVALS for end in ("", "-sheet")]
    assert rivals.names() == rivals.names(np.zeros((2, 128, 128, 3), np.uint8)) == both
    large = np.zeros((2, 129, 128, 3), np.uint8)
    assert rivals.names(large) == rivals.names([large[0], large[1, 1:]]) == [*RIVALS]
    assert {"jpeg", "jpeg-2000", "webp", "avif", "jpeg-xl"} == RIVALS.keys()
