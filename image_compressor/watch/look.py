"""A look at new images: what they are, and what the codec makes of them."""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from image_compressor.codec import inputs
from image_compressor.codec.codec import Codec
from image_compressor.errors import InputError, Unreachable
from image_compressor.parallel import parallel_map
from image_compressor.storage import Place
from image_compressor.watch import drift, labels


@dataclass(frozen=True)
class Image:
    """An image that the codec takes.

    Attributes:
        name: its path below the place.
        shape: (height, width, channels) of the file's pixels.
        plain: whether all its pixels have one colour.
        small: uint8 [64], see `labels.small`.
        bpp, ssim: bits a pixel and SSIM at the quality of the codec's `drift.Typical`.
    """

    name: str
    shape: tuple[int, int, int]
    plain: bool
    small: np.ndarray
    bpp: float
    ssim: float

    @property
    def label(self) -> str:
        return labels.label(self.name)


@dataclass(frozen=True)
class Look:
    """The images of a look.

    Attributes:
        images: those that the codec takes.
        refused: the reason for each of the others, by name.
        repeated: the number of files with the content of another one among them.
    """

    images: list[Image]
    refused: dict[str, str]
    repeated: int

    def __len__(self) -> int:
        return len(self.images) + len(self.refused)


@dataclass(frozen=True)
class Cost:
    """Cost of the images with a codec and its guard, at its usual quality.

    Attributes:
        bytes_per_image: mean.
        ssim, ssim_p5: mean and 5th percentile.
        stored: share of images that it stores as WebP, AVIF or PNG.
    """

    bytes_per_image: float
    ssim: float
    ssim_p5: float
    stored: float


def measured(codec: Codec, quality: int, name: str, content: Path | bytes | np.ndarray) -> Image:
    """Measures an image at a quality. Raises InputError if the codec does not take it."""
    stack = _stack(codec, name, content)
    bpp, ssim = drift.each(codec, stack, quality)
    plain = bool((stack == stack[:, :1, :1]).all())
    small = labels.small(stack[0])
    return Image(name, stack.shape[1:], plain, small, float(bpp[0]), float(ssim[0]))


def look(
    codec: Codec, quality: int, source: str, files: Sequence[tuple[str, str]], repeated: int
) -> Look:
    """Measures images of a place.

    Args:
        quality: 1..100, that of the codec's `drift.Typical`.
        files: (path below the place, the reason why it cannot be read or "").
        repeated: the number of files with the content of another one among them.

    Raises Unreachable if the place cannot be reached.
    """
    place = Place(source)

    def tried(file: tuple[str, str]) -> Image | tuple[str, str]:
        name, reason = file
        try:
            return file if reason else measured(codec, quality, name, _content(place, name))
        except Unreachable:
            raise
        except InputError as error:
            return name, error.problem

    found = [*parallel_map(tried, files, ahead=codec.ahead)]
    images = [each for each in found if isinstance(each, Image)]
    refused = dict(each for each in found if not isinstance(each, Image))
    return Look(images, refused, repeated)


def pixels(codec: Codec, source: str, names: Iterable[str]) -> Iterator[np.ndarray]:
    """Yields images of a place as the codec takes them, uint8 [H, W, C]."""
    place = Place(source)
    return parallel_map(
        lambda name: _stack(codec, name, _content(place, name))[0], names, ahead=codec.ahead
    )


def cost(codec: Codec, source: str, images: Sequence[Image]) -> Cost:
    """Compresses images of a look as `compress` does, and keeps nothing."""
    written = codec.write(io.BytesIO(), pixels(codec, source, (image.name for image in images)))
    ssim = written.ssim if written.ssim is not None else np.array([each.ssim for each in images])
    count = len(images)
    numbers = written.bytes / count, ssim.mean(), np.percentile(ssim, 5), written.stored / count
    return Cost(*(float(f"{number:.5g}") for number in numbers))


def compared(images: Sequence[Image], typical: drift.Typical) -> drift.Drift:
    """Compares images with those that the codec was validated with."""
    names, bpp, ssim = zip(*((each.name, each.bpp, each.ssim) for each in images), strict=True)
    return drift.compare(typical, names, np.array(bpp), np.array(ssim))


def pairs(codec: Codec, source: str, names: Sequence[str]) -> Iterator[tuple[np.ndarray, ...]]:
    """Yields (image, image as the codec decodes it) for images of the place, uint8 [H, W, C]."""
    for image in pixels(codec, source, names):
        stack = image[None]
        yield image, codec.decode(codec.encode(stack), size=stack.shape[1:3])[0]


def _content(place, name) -> Path | bytes:
    return Path(place.root, name) if place.local else place.read(name)


def _stack(codec, name, content) -> np.ndarray:
    """The image as a stack of one: uint8 [1, H, W, C]."""
    pixels = np.asarray(inputs.read(content, tuple(codec.networks.image_shape), name))
    return pixels.reshape(1, *pixels.shape[:2], -1)
