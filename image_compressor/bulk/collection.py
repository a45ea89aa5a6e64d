"""Reads the images of a set, wherever its files lie, as one archive."""

import bisect
import itertools
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from image_compressor.bulk import index
from image_compressor.codec.archive import Archive
from image_compressor.codec.batches import LARGEST_IMAGE
from image_compressor.codec.codec import Codec
from image_compressor.errors import InputError, nearest
from image_compressor.places import Place

OPEN = 8  # files at a time


class Collection(Sequence[np.ndarray]):
    """The images of a set that `compressing` wrote, decoded when they are asked for.

    Args:
        codec: that wrote it.
        address: of its place.
        max_pixels, limits: as for `Archive`, for each of its files.

    Raises InputError where there is none, and where `Archive` does.

    Example:
        with Collection(codec, "s3://bucket/tiles") as tiles:
            len(tiles), tiles[7], tiles["12/2200/1343.png"]
            for tile in tiles: ...
    """

    def __init__(
        self, codec: Codec, address: str | Path, max_pixels: int = LARGEST_IMAGE, **limits
    ):
        self.codec, self.place = codec, Place(address)
        self.limits = {"max_pixels": max_pixels, **limits}
        _, self.parts = index.read(self.place)
        self.ends = [*itertools.accumulate(part.images for part in self.parts)]
        self.firsts = [part.first for part in self.parts]
        self._open: dict[int, tuple[Archive, ExitStack]] = {}

    def __enter__(self) -> "Collection":
        return self

    def __exit__(self, *error) -> None:
        for _, closing in self._open.values():
            closing.close()
        self._open.clear()

    def __len__(self) -> int:
        return self.ends[-1]

    def __iter__(self) -> Iterator[np.ndarray]:
        for number in range(len(self.parts)):
            yield from self.archive(number)

    def __getitem__(self, key):
        """One image by number or name, or a list of them."""
        if isinstance(key, slice):
            return [self[number] for number in range(*key.indices(len(self)))]
        if isinstance(key, str):
            number = max(0, bisect.bisect(self.firsts, key) - 1)
            archive = self.archive(number)
            if key not in archive:
                fix = nearest(key, (archive.header.names or ())[:10000])
                raise InputError("an image of the set", key, fix)
            return archive[key]
        if not -len(self) <= key < len(self):
            raise IndexError(f"Expected a number below {len(self)}. Received: {key}.")
        key %= len(self)
        number = bisect.bisect(self.ends, key)
        return self.archive(number)[key - self.ends[number] + self.parts[number].images]

    def names(self) -> Iterator[str]:
        """Of the images, in order."""
        for number in range(len(self.parts)):
            yield from self.archive(number).header.names or ()

    def archive(self, number: int) -> Archive:
        """The file of a partition; it is closed when OPEN others were opened."""
        if number not in self._open:
            if len(self._open) == OPEN:
                self._open.pop(next(iter(self._open)))[1].close()
            closing, part = ExitStack(), self.parts[number]
            file = closing.enter_context(self.place.opened(part.name))
            archive = Archive(self.codec, file, **self.limits)
            size = sum(archive.reader.bytes.values())
            if (len(archive), size) != (part.images, part.bytes):
                raise InputError(
                    f"{part.images} images in {part.bytes} bytes",
                    f"{len(archive)} in {size}, in {part.name}",
                    "Get the whole set again.",
                )
            self._open[number] = archive, closing
        return self._open[number][0]
