"""Classical codecs, measured in the same way as ours."""

import io
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import imagecodecs
import numpy as np
from PIL import Image

from image_compressor.evaluation.curves import RatePoint
from image_compressor.evaluation.distortion import of_each
from image_compressor.evaluation.each import Each, joined
from image_compressor.images.groups import Group, group
from image_compressor.parallel import parallel_map

SHEET = "-sheet"  # names the same codec with all images in one picture
SMALL = 128 * 128  # most pixels of images of which there are sheets; above, LARGE is used


@dataclass(frozen=True)
class Rival:
    """A codec, at the best effort that is fast enough for thousands of small files.

    Attributes:
        title: its name for a reader.
        encode: (uint8 [H, W] or [H, W, 3], setting) -> file.
        decode: file -> image of the same shape.
        settings: settings of the smallest and the largest files of interest.
    """

    title: str
    encode: Callable[[np.ndarray, float], bytes]
    decode: Callable[[bytes], np.ndarray]
    settings: tuple[float, float]

    def there_and_back(self, picture: np.ndarray, setting: float) -> tuple[int, np.ndarray]:
        """Encodes and decodes uint8 [H, W, 1 or 3]; returns (bytes of the file, the picture)."""
        data = self.encode(picture[..., 0] if picture.shape[2] == 1 else picture, setting)
        back = self.decode(data).reshape(*picture.shape[:2], -1)
        return len(data), back[..., : picture.shape[2]]  # a grey WebP has three equal channels


def measure(name: str, images: Group, points: int) -> list[RatePoint]:
    """Measures the rate-distortion curve of RIVALS[name]; with "-sheet", all images in one picture.

    Args:
        images: uint8 images [H, W, 1 or 3]; those in one picture have one size.
        points: number of settings to measure, spread over the rival's range.
    """
    return measure_each(name, images, points).curve()


def measure_each(
    name: str, images: Group, points: int, seen: Sequence[int] | np.ndarray = ()
) -> Each:
    """Measures each image like `measure`; those in one picture have equal shares of its bytes.

    Args:
        seen: the numbers of the images whose SSIMULACRA2 is measured.
    """
    settings = np.linspace(*RIVALS[name.removesuffix(SHEET)].settings, points).round(1).tolist()

    def measured(setting):
        sizes, decoded = there_and_back(name, images, setting)
        shares = np.full(len(images), sizes.sum() / len(images)) if len(sizes) == 1 else sizes
        return {"bytes": shares, **of_each(images, decoded, seen)}

    # A sheet is encoded on one core, files of their own on all of them.
    of_settings = parallel_map if name.endswith(SHEET) else map
    return joined(settings, [*of_settings(measured, settings)])


def there_and_back(name: str, images: Group, setting: float) -> tuple[np.ndarray, Group]:
    """Encodes and decodes images; returns (bytes of each file, the decoded images)."""
    rival = RIVALS[name.removesuffix(SHEET)]
    if name.endswith(SHEET):
        whole = np.asarray(images)
        size, decoded = rival.there_and_back(sheet(whole), setting)
        return np.array([size]), cut(decoded, whole.shape)
    rival = LARGE.get(name, rival) if images[0][..., 0].size > SMALL else rival
    both = parallel_map(lambda picture: rival.there_and_back(picture, setting), images)
    sizes, pictures = zip(*both, strict=True)
    return np.array(sizes), group(pictures)


def names(images: Group | None = None) -> list[str]:
    """Lists every rival, with one file per image, and with one sheet of all images.

    Sheets are left out for `images` of different sizes, and for those with more than SMALL pixels,
    whose files are large beside the headers that a sheet saves.
    """
    small = images is None or (isinstance(images, np.ndarray) and images[0, ..., 0].size <= SMALL)
    arrangements = ("", SHEET) if small else ("",)
    return [name + arrangement for name in RIVALS for arrangement in arrangements]


def sheet(images: np.ndarray) -> np.ndarray:
    """Arranges [N, H, W, C] in one picture, as many images wide as high, with black at the end."""
    count, height, width, channels = images.shape
    across = _across(count)
    rows = -(-count // across)
    grid = np.zeros((rows * across, height, width, channels), np.uint8)
    grid[:count] = images
    grid = grid.reshape(rows, across, height, width, channels).swapaxes(1, 2)
    return np.ascontiguousarray(grid.reshape(rows * height, across * width, channels))


def cut(picture: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Cuts a picture made by `sheet` into images of `shape` [N, H, W, C]."""
    count, height, width, channels = shape
    grid = picture.reshape(-1, height, _across(count), width, channels).swapaxes(1, 2)
    return grid.reshape(-1, height, width, channels)[:count]


def _across(count):
    return math.isqrt(count - 1) + 1


def _pillow(picture, kind, **options):
    file = io.BytesIO()
    Image.fromarray(picture).save(file, kind, **options)
    return file.getvalue()


def _from_pillow(data):
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image)


def _jpeg(picture, quality):
    return _pillow(picture, "JPEG", quality=round(quality), optimize=True)


def _webp(picture, quality):
    return _pillow(picture, "WEBP", quality=round(quality), method=6)


def _avif(picture, quality):
    subsampling = "4:0:0" if picture.ndim == 2 else "4:2:0"
    # With more threads, the bytes of larger pictures depend on the number of cores.
    return _pillow(
        picture, "AVIF", quality=round(quality), speed=6, subsampling=subsampling, max_threads=1
    )


def _jpeg_2000(picture, decibels):
    levels = 1 + min(5, int(np.log2(min(picture.shape[:2]) / 4)))
    return _pillow(
        picture,
        "JPEG2000",
        quality_mode="dB",
        quality_layers=[decibels],
        irreversible=True,
        no_jp2=True,  # without the container
        num_resolutions=max(1, levels),
    )


def _jpeg_xl(picture, distance, effort=9):
    return imagecodecs.jpegxl_encode(picture, distance=distance, effort=effort)


RIVALS = {
    "jpeg": Rival("JPEG", _jpeg, _from_pillow, (5, 95)),
    "jpeg-2000": Rival("JPEG 2000", _jpeg_2000, _from_pillow, (14, 40)),
    "webp": Rival("WebP", _webp, _from_pillow, (0, 95)),
    "avif": Rival("AVIF", _avif, _from_pillow, (0, 90)),
    "jpeg-xl": Rival("JPEG XL", _jpeg_xl, imagecodecs.jpegxl_decode, (20, 0.5)),
}
# At effort 9, JPEG XL takes 0.6 s for 480x320 pixels, and saves 5 % of the bytes over effort 7.
LARGE = {"jpeg-xl": replace(RIVALS["jpeg-xl"], encode=partial(_jpeg_xl, effort=7))}
ON_THE_WEB = ("jpeg", "webp", "avif", "jpeg-xl")  # shown beside the codec, image by image
