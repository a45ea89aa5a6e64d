"""Example images of the test split, decoded by the codec and its rivals."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from image_compressor.codec.codec import Codec
from image_compressor.evaluation import rivals
from image_compressor.evaluation.distortion import in_batches
from image_compressor.images.groups import Group, centre, chosen, group
from image_compressor.images.image_files import png
from image_compressor.images.similarity import ssim
from image_compressor.report.series import series

SETTINGS = 40  # to try for each rival
SIDE = 192  # pixels; for larger images, the centre is shown
PIXELS = 1_900_000  # bytes of all pictures: less than 3 MB as PNG in base64, even for noise
CASES = 3  # at most, for each of best, median and worst


@dataclass(frozen=True)
class Example:
    """An image, original or decoded by one codec.

    Attributes:
        title: the codec, or "original".
        uri: a data URI with a PNG.
        bytes: size of a rival's file, of our image in an archive, or of the original's pixels.
        ssim: SSIM to the original; None for the original itself.
        smallest: whether this is the rival's smallest file and still larger than ours.
    """

    title: str
    uri: str
    bytes: float
    ssim: float | None = None
    smallest: bool = False


def shown(images: Group, count: int) -> np.ndarray:
    """Returns the numbers of `count` images, evenly spread; fewer if they are large."""
    count = min(count, len(images), _room(images))
    return np.linspace(0, len(images) - 1, count).astype(int)


def equal_bytes(codec: Codec, images: Group, quality: int) -> list[list[Example]]:
    """Returns for each image: original, ours, and each rival at equal bytes.

    For a rival, the largest file that is no larger than ours is taken, or else its smallest.

    Args:
        images: uint8 images [H, W, C].
    """
    ours, sizes = _ours(codec, images, quality)
    columns = [ours, *(_rival(name, images, sizes) for name in rivals.ON_THE_WEB)]
    originals = [Example("original", uri(image), image.size) for image in images]
    return [list(row) for row in zip(originals, *columns, strict=True)]


def alone(codec: Codec, images: Group, quality: int) -> float:
    """Returns the mean bytes of .imgc files with a single image each."""
    return float(
        np.mean(
            [len(codec.compress(image[None], quality=quality, guard=False)) for image in images]
        )
    )


def cases(
    codec: Codec, images: Group, quality: int, similarities: Sequence[float]
) -> dict[str, list[tuple[Example, Example]]]:
    """Returns pairs (original, ours) for some of the best, median and worst images by SSIM."""
    order = np.argsort(similarities, kind="stable")[::-1]
    count = min(CASES, max(1, len(images) // 3), _room(images))
    middle = (len(images) - count) // 2
    groups = {
        "Best": order[:count],
        "Median": order[middle : middle + count],
        "Worst": order[::-1][:count],
    }
    found = {}
    for name, numbers in groups.items():
        some = chosen(images, numbers)
        decoded, _ = _ours(codec, some, quality)
        originals = [Example("original", uri(image), image.size) for image in some]
        found[name] = list(zip(originals, decoded, strict=True))
    return found


def uri(image: np.ndarray) -> str:
    """Encodes uint8 [H, W, 1 or 3], or the centre of a large image, as a PNG in a data URI."""
    content = png(centre(image, SIDE, SIDE), optimize=True)
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"


def _room(images):
    """Counts the rows of the comparison, and cases of each kind, that fit into the page."""
    largest = max(centre(image, SIDE, SIDE).size for image in images)
    return max(1, PIXELS // ((2 + len(rivals.ON_THE_WEB) + 6) * largest))


def _ours(codec, images, quality):
    """Decodes images with our codec; returns (examples, bytes of each)."""
    decoded = codec.decompress(codec.compress(images, quality=quality, guard=False))
    sizes = in_batches(lambda stack: codec.bits(stack, quality), images) / 8
    return _examples(series("ours").title, decoded, sizes, images), sizes


def _rival(name, images, limits):
    settings = np.linspace(*rivals.RIVALS[name].settings, SETTINGS).round(1)
    sizes, decoded = zip(
        *(rivals.there_and_back(name, images, float(setting)) for setting in settings), strict=True
    )
    table = np.array(sizes)  # [settings, N]
    fits = table <= limits
    best = np.where(
        fits.any(axis=0), np.where(fits, table, -1).argmax(axis=0), table.argmin(axis=0)
    )
    numbers = np.arange(len(images))
    pictures = group([decoded[setting][number] for number, setting in enumerate(best)])
    return _examples(series(name).title, pictures, table[best, numbers], images, ~fits.any(axis=0))


def _examples(title, decoded, sizes, images, smallest=None):
    similarities = in_batches(ssim, images, decoded)
    flags = np.zeros(len(images), bool) if smallest is None else smallest
    return [
        Example(title, uri(image), float(size), float(similarity), bool(flag))
        for image, size, similarity, flag in zip(decoded, sizes, similarities, flags, strict=True)
    ]
