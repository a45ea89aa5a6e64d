"""Reads the images of a set as one archive, from a directory or object storage."""

import bisect
import itertools
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any, Unpack

import numpy as np

from image_compressor.codec import finding
from image_compressor.codec.archive import Archive, Limits, position_of
from image_compressor.codec.codec import Codec
from image_compressor.codec.file.reader import Reader
from image_compressor.errors import InputError, nearest
from image_compressor.images.metadata import Metadata
from image_compressor.parallel import PerProcess
from image_compressor.sets import index
from image_compressor.storage import Place

OPEN = 8  # files that are open at a time


class Collection(Sequence[np.ndarray]):
    """The images of a set that `compressing` wrote, decoded on access.

    Threads and forked processes may read concurrently. It pickles as its address.

    Args:
        codec: the codec that wrote the set; None to find it, see `finding.find`.
        address: the set's directory or address.
        limits: see `Archive`; they apply to each file.

    Raises InputError if there is no finished set, and for the same reasons as `Archive`.

    Example:
        with Collection(codec, "s3://bucket/tiles") as tiles:
            len(tiles), tiles[7], tiles["12/2200/1343.png"]
            for tile in tiles: ...
    """

    def __init__(self, codec: Codec | None, address: str | Path, **limits: Unpack[Limits]):
        self.limits, place = limits, Place(address)
        # Absolute, because another process may have another current directory.
        self._opened = PerProcess(partial(_Opened, place.root if place.local else address))
        self._closed = False
        _, self.parts = index.read(place)
        self.codec = _codec(place, self.parts[0]) if codec is None else codec
        self.ends = [*itertools.accumulate(part.images for part in self.parts)]
        self.firsts = [part.first for part in self.parts]

    def __enter__(self) -> "Collection":
        return self

    def __exit__(self, *error) -> None:
        self._closed = True
        self._opened().close()

    def __len__(self) -> int:
        return self.ends[-1]

    def __iter__(self) -> Iterator[np.ndarray]:
        for number in range(len(self.parts)):
            yield from self.archive(number)

    def __getitem__(self, key):
        """An image by number or name, or a list by slice."""
        if isinstance(key, slice):
            return [self[number] for number in range(*key.indices(len(self)))]
        archive, key = self._found(key)
        return archive[key]

    def metadata(self, key: int | str) -> Metadata | None:
        """The metadata of an image, from its own file; None if that was not kept."""
        archive, key = self._found(key)
        kept = archive.metadata()
        return None if kept is None else kept[archive.number(key) if isinstance(key, str) else key]

    def _found(self, key):
        """(the archive with an image, the image's name or number in it)."""
        if isinstance(key, str):
            archive = self.archive(max(0, bisect.bisect(self.firsts, key) - 1))
            if key not in archive:
                fix = nearest(key, (archive.header.names or ())[:10000])
                raise InputError("an image of the set", key, fix)
            return archive, key
        position = position_of(key, len(self))
        number = bisect.bisect(self.ends, position)
        return self.archive(number), position - self.ends[number] + self.parts[number].images

    def names(self) -> Iterator[str]:
        """The names of the images, in order."""
        for number in range(len(self.parts)):
            yield from self.archive(number).header.names or ()

    def archive(self, number: int) -> Archive:
        """The archive of a partition. Its file is closed after OPEN others, once it is unused."""
        opened = self._opened()
        with opened.lock:
            if self._closed:
                raise InputError("This set is closed. Read its images inside its `with` block.")
            if number not in opened.archives:
                if len(opened.archives) == OPEN:
                    opened.archives.pop(next(iter(opened.archives)))
                opened.archives[number] = self._archive(opened.place, self.parts[number])
            return opened.archives[number][0]

    def _archive(self, place, part):
        """(archive, function that closes its file); freeing the archive closes it too."""
        with ExitStack() as closing:
            file = closing.enter_context(place.opened(part.name))
            archive = Archive(self.codec, file, **self.limits)
            index.names(part, archive.reader)
            return archive, weakref.finalize(archive, closing.pop_all().close)


def _codec(place, part):
    """The codec that wrote a set."""
    embedded = place.read(index.CODEC) if place.exists(index.CODEC) else b""
    with place.opened(part.name) as file:
        return finding.find(Reader(file).header.codec, embedded)


class _Opened:
    """The open files of a set in one process, as connections and locks do not survive a fork."""

    def __init__(self, address):
        self.place, self.lock = Place(address), threading.Lock()
        self.archives: dict[int, tuple[Archive, Callable[[], Any]]] = {}

    def close(self):
        with self.lock:
            for _, close in self.archives.values():
                close()
            self.archives.clear()
