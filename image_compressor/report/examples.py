"""Images of the test split, as the codec and its rivals have them."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from image_compressor.codec.codec import Codec
from image_compressor.evaluation import rivals
from image_compressor.images.image_files import png
from image_compressor.images.similarity import ssim
from image_compressor.report.series import series

SETTINGS = 40  # of each rival, of which the best is shown
SIDE = 192  # pixels; of larger images the centre is shown
PIXELS = 1_900_000  # bytes of all that is shown: as PNG in base64 less than 3 MB even of noise
CASES = 3  # of the best, the median and the worst, at most


@dataclass(frozen=True)
class Example:
    """An image as one codec has it.

    Attributes:
        title: the codec, or "original".
        uri: a PNG.
        bytes: of its file; of ours what the tables charge in an archive; else of the pixels.
        ssim: to the original; None of itself.
        smallest: the rival has no smaller file, and this one is larger than ours.
    """

    title: str
    uri: str
    bytes: float
    ssim: float | None = None
    smallest: bool = False


def shown(images: np.ndarray, count: int) -> np.ndarray:
    """Numbers of `count` of the images, evenly over them; of large images fewer."""
    count = min(count, len(images), _room(images))
    return np.linspace(0, len(images) - 1, count).astype(int)


def equal_bytes(codec: Codec, images: np.ndarray, quality: int) -> list[list[Example]]:
    """For each image: original, ours, and each rival at the bytes of ours.

    A rival is at its largest file that is no larger than ours, or at its smallest.

    Args:
        images: uint8 [N, H, W, C].
    """
    ours, sizes = _ours(codec, images, quality)
    columns = [ours, *(_rival(name, images, sizes) for name in rivals.ON_THE_WEB)]
    originals = [Example("original", uri(image), image.size) for image in images]
    return [list(row) for row in zip(originals, *columns, strict=True)]


def alone(codec: Codec, images: np.ndarray, quality: int) -> float:
    """Bytes of an .imgc with one image and nothing else, on the average."""
    return float(np.mean([len(codec.compress(image[None], quality=quality)) for image in images]))


def cases(
    codec: Codec, images: np.ndarray, quality: int, similarities: Sequence[float]
) -> dict[str, list[tuple[Example, Example]]]:
    """(original, ours) of the best, median and worst images by SSIM, some of each."""
    order = np.argsort(similarities, kind="stable")[::-1]
    some = min(CASES, max(1, len(images) // 3), _room(images))
    middle = (len(images) - some) // 2
    groups = {
        "Best": order[:some],
        "Median": order[middle : middle + some],
        "Worst": order[::-1][:some],
    }
    found = {}
    for name, numbers in groups.items():
        decoded, _ = _ours(codec, images[numbers], quality)
        originals = [Example("original", uri(image), image.size) for image in images[numbers]]
        found[name] = list(zip(originals, decoded, strict=True))
    return found


def uri(image: np.ndarray) -> str:
    """A uint8 [H, W, 1 or 3], or the centre of a large one, as PNG in a data URI."""
    top, left = (max(0, size - SIDE) // 2 for size in image.shape[:2])
    image = image[top : top + SIDE, left : left + SIDE]
    return f"data:image/png;base64,{base64.b64encode(png(image, optimize=True)).decode()}"


def _room(images):
    """How many rows of the comparison, and as many cases of each kind, fit into the page."""
    height, width = (min(size, SIDE) for size in images.shape[1:3])
    row = (2 + len(rivals.ON_THE_WEB) + 6) * height * width * images.shape[3]
    return max(1, PIXELS // row)


def _ours(codec, images, quality):
    """(examples, bytes of each)."""
    decoded = codec.decode(codec.encode(images, quality), quality)
    sizes = codec.bits(images, quality) / 8
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
    chosen = np.stack([decoded[setting][number] for number, setting in enumerate(best)])
    return _examples(series(name).title, chosen, table[best, numbers], images, ~fits.any(axis=0))


def _examples(title, decoded, sizes, images, smallest=None):
    similarities = ssim(images, decoded)
    flags = np.zeros(len(images), bool) if smallest is None else smallest
    return [
        Example(title, uri(image), float(size), float(similarity), bool(flag))
        for image, size, similarity, flag in zip(decoded, sizes, similarities, flags, strict=True)
    ]
