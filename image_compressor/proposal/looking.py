"""A folder of images -> the facts that a recipe depends on."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from image_compressor.errors import InputError
from image_compressor.images import decoding
from image_compressor.images.finding import find
from image_compressor.images.fitting import Policy
from image_compressor.images.unusable import Unusable

HEADERS = 5000  # images whose sizes are read
SAMPLE = 48  # images whose pixels are read
PIXELS = 2**25  # of the sample
FEWEST = 30  # images from which a codec can be trained, measured and tested
SMALLEST = 11  # pixels, see `similarity.WINDOW`


@dataclass(frozen=True)
class Facts:
    """A folder of images.

    Attributes:
        images: number of files meant as images.
        sizes: number of images of each (height, width), among those whose headers were read.
        unusable: share of those that cannot be used, 0..1.
        bytes: mean bytes of a file.
        channels: 1 if all images of the sample are grey, else 3.
        sample: images spread over the folder, uint8 [H, W, channels].
        note: a line about other files, or "".
    """

    images: int
    sizes: Counter[tuple[int, int]]
    unusable: float
    bytes: float
    channels: int
    sample: list[np.ndarray]
    note: str = ""

    @property
    def size(self) -> tuple[int, int] | None:
        """(height, width), if all images have one size."""
        return next(iter(self.sizes)) if len(self.sizes) == 1 else None

    def __str__(self) -> str:
        """Describes the images in one line."""
        by_pixels = sorted(self.sizes, key=lambda size: (size[0] * size[1], size))
        smallest, largest = by_pixels[0], by_pixels[-1]
        one = "{1}x{0}".format(*smallest)
        between = f"of {len(self.sizes)} sizes, {one} to {'{1}x{0}'.format(*largest)}"
        colours = "grey" if self.channels == 1 else "RGB"
        unusable = f"; {self.unusable:.1%} cannot be used" if self.unusable else ""
        return (
            f"{self.images:,} images {f'of {one}' if self.size else between}, {colours}, "
            f"{self.bytes:,.0f} bytes each{unusable}"
        )


def look(directory: Path) -> Facts:
    """Reads the headers of up to HEADERS images, and the pixels of up to SAMPLE, evenly spread.

    Raises InputError for a folder without enough usable images.
    """
    found = find(directory)
    paths = [directory / path for path in found.names.values()]
    sizes, usable = Counter[tuple[int, int]](), []
    looked = _spread(paths, HEADERS)
    for path in looked:
        size = _size(path)
        if size and min(size) >= SMALLEST:
            sizes[size] += 1
            usable.append(path)
    if len(usable) < FEWEST:
        raise InputError(
            f"at least {FEWEST} usable images to train from",
            f"{len(usable)} in {directory}",
            "Add images, or use a codec that is ready: image-compressor compress --codec photo.",
        )
    sample = _sample(usable)
    grey = all((image == image[..., :1]).all() for image in sample)
    channels = 1 if grey else 3
    return Facts(
        images=len(paths),
        sizes=sizes,
        unusable=1 - len(usable) / len(looked),
        bytes=float(np.mean([path.stat().st_size for path in usable])),
        channels=channels,
        sample=[Policy(channels).apply(image) for image in sample],
        note=found.note(),
    )


def _spread(items, most):
    if len(items) <= most:
        return items
    return [items[index] for index in np.linspace(0, len(items) - 1, most).astype(int)]


def _size(path):
    """(height, width) of an image as it is shown; None if it cannot be used."""
    try:
        with decoding.opened(path) as picture:
            decoding.check(picture)
            turned = picture.orientation >= 5  # as in EXIF: by 90 degrees
            return picture.size if turned else picture.size[::-1]
    except Unusable:
        return None


def _sample(paths):
    images, pixels = [], 0
    for path in _spread(paths, SAMPLE):
        try:
            image = decoding.read(path)
        except Unusable:
            continue
        images.append(image.reshape(*image.shape[:2], -1))
        pixels += image.shape[0] * image.shape[1]
        if pixels > PIXELS:
            break
    return images
