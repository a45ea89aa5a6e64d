"""Reads an .imgc file image by image."""

import operator
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, BinaryIO, TypedDict, cast, overload

import numpy as np

from image_compressor.codec.batches import LARGEST_IMAGE
from image_compressor.codec.file import stored_files
from image_compressor.codec.file.container import MANY_PIXELS, PIXELS_A_BYTE
from image_compressor.codec.file.reader import Reader
from image_compressor.codec.file.reading import damaged
from image_compressor.codec.file.sections import STORED
from image_compressor.codec.transform import Coded, Transform, symbols_of
from image_compressor.errors import InputError, WrongCodecError, nearest
from image_compressor.images.fitting import Fit, unfitted
from image_compressor.images.metadata import Metadata
from image_compressor.parallel import parallel_map

Progress = Callable[[Iterable[Any]], Iterable[Any]]


class Limits(TypedDict, total=False):
    """Limits on the size that a file may claim, as arguments of `Archive`."""

    max_pixels: int
    max_images: int | None
    max_total_pixels: int | None


class Archive(Sequence[np.ndarray]):
    """The images of an .imgc file, decoded on access.

    Threads and forked processes may read concurrently. It pickles as the path of a file on disk,
    which must not change; for any other file, as its bytes.

    Args:
        codec: the codec that wrote the file.
        file: a file open for reading bytes; it stays open.
        max_pixels: the limit for each image. Whatever the file claims, it bounds the decoding time
            and the memory: 14 bytes a pixel besides about 0.5 GB for the networks.
        max_images: the limit for the file, see `Reader`.
        max_total_pixels: the limit for all images together; the default is MANY_PIXELS, or
            PIXELS_A_BYTE for each byte of the file if that is more.

    Attributes:
        header: the settings that all images share, and the images' names.

    Raises InputError for a file of another codec, for larger or more images than the limits, and
    for a damaged file: the checksum of each block misses one damage in 2**32.

    Example:
        with codec.open("digits.imgc") as archive:
            len(archive), archive[7], archive["test/7/00042.png"]
            for image in archive: ...            # uint8 [H, W] or [H, W, C]
    """

    def __init__(
        self,
        codec: Transform,
        file: BinaryIO,
        max_pixels: int = LARGEST_IMAGE,
        max_images: int | None = None,
        max_total_pixels: int | None = None,
    ):
        self.reader = Reader(file, max_images)
        self.codec, self.header = codec, self.reader.header
        shape, channel_axis = self.header.shape, self.header.channel_axis
        if self.header.codec != codec.identity:
            raise WrongCodecError(
                f"a file of codec {codec.identity.hex()}",
                f"one of codec {self.header.codec.hex()}",
                "Leave out --codec, so that it is found by its id, or name that one.",
            )
        if shape != tuple(codec.networks.image_shape) or (shape[2] > 1 and not channel_axis):
            raise damaged(f"images of {shape} from a codec for other shapes")
        sizes = self.reader.own_sizes or self.reader.shapes
        height, width = max(sizes, key=lambda size: size[0] * size[1])[:2]
        if height * width > max_pixels:
            fix = "If you trust the file, raise --max-pixels, or max_pixels."
            received = f"one of {height}x{width}"
            raise InputError(f"images of at most {max_pixels:,} pixels", received, fix)
        pixels, length = self.reader.pixels, self.reader.length
        if max_total_pixels is None:
            max_total_pixels = max(MANY_PIXELS, PIXELS_A_BYTE * length)
        if pixels > max_total_pixels:
            raise InputError(
                f"The file claims {pixels:,} pixels in {length:,} bytes. If you trust it, "
                "raise --max-total-pixels, or max_total_pixels."
            )
        self._last: tuple[int, list[Coded]] | None = None  # block, symbols
        self._numbers: dict[str, int] | None = None
        self._close: Callable[[], object] | None = None

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *error) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Archive of {len(self):,} images, codec {self.header.codec.hex()}>"

    def close_with(self, close: Callable[[], object]) -> None:
        """Makes `close`, or the end of this archive, call a function that closes its file."""
        self._close = weakref.finalize(self, close)

    def close(self) -> None:
        """Closes the file if `Codec.open` opened it, by its path."""
        if self._close is not None:
            self._close()

    def __getstate__(self):
        return {**vars(self), "_last": None, "_numbers": None, "_close": None}

    def __len__(self) -> int:
        return self.reader.count

    def __contains__(self, name: object) -> bool:
        """Whether an image has this name."""
        return name in (self.header.names or ())

    def __iter__(self) -> Iterator[np.ndarray]:
        for block in self.blocks():
            yield from block

    @overload
    def __getitem__(self, key: int | str) -> np.ndarray: ...
    @overload
    def __getitem__(self, key: slice) -> list[np.ndarray]: ...
    def __getitem__(self, key):
        """An image by number or name, or a list by slice. Decodes only the blocks needed."""
        if isinstance(key, slice):
            return [self[number] for number in range(*key.indices(len(self)))]
        if isinstance(key, str):
            key = self.number(key)
        key = position_of(key, len(self))
        shape = self.reader.shapes[key // self.header.block]
        quality, content = self.undecoded(key)
        if quality == STORED:
            kind, data = content
            image = stored_files.decode(kind, data, shape)
        else:
            coded = [Coded(quality, np.zeros(1, int), content)]
            image = self.codec.rebuild(coded, 1, shape[:2])[0]
        return self._own([image], key)[0]

    def undecoded(self, number: int) -> tuple[int, Any]:
        """(the quality of an image, its symbols [1, ...]), or (STORED, (kind, content) of a file).

        Raises InputError for a damaged block.
        """
        block_number, position = divmod(number, self.header.block)
        block = self.reader.block(block_number)
        if block.qualities[position] == STORED:
            before = int((block.qualities[:position] == STORED).sum())
            start, file = block.files[before]
            return STORED, (file.kind, self.reader.stored(block, start, file))
        return _one(self._coded_once(block), position)

    def metadata(self) -> list[Metadata] | None:
        """Each image's metadata, from its own file; None if that was not kept.

        Raises InputError for damage.
        """
        return self.reader.metadata()

    def number(self, name: str) -> int:
        """The number of the image with this name. Raises InputError if there is none."""
        names = self.header.names or ()
        if self._numbers is None:
            self._numbers = {name: number for number, name in enumerate(names)}
        if name not in self._numbers:
            fix = nearest(name, names[:10000]) if names else "Its images have only numbers."
            raise InputError("an image of the file", name, fix)
        return self._numbers[name]

    def blocks(
        self, progress: Progress = iter, scaled_back: bool = True
    ) -> Iterator[np.ndarray | list[np.ndarray]]:
        """The images in order, one block at a time: uint8 [n, H, W] or [n, H, W, C]; or a list, if
        images are scaled back to sizes of their own.

        Args:
            progress: wraps the iterable of blocks, e.g. `tqdm`.
            scaled_back: whether images are scaled back to sizes of their own; else all of them
                have the codec's size.
        """
        # This thread reads the file in order; all cores decode it.
        read = map(self._read, map(self.reader.block, progress(range(len(self.reader.sizes)))))
        decoded = partial(self._decoded, scaled_back=scaled_back)
        return parallel_map(decoded, read, ahead=self.codec.ahead)

    def _read(self, block):
        """(block, its payload, the content of its files)."""
        files = [self.reader.stored(block, *each) for each in block.files]
        return block, self.reader.payload(block), files

    def _decoded(self, block_and_bytes, scaled_back):
        block, payload, files = block_and_bytes
        count, coded = len(block.qualities), self._coded(block, payload)
        if coded:
            images = self.codec.rebuild(coded, count, block.shape[:2])
        else:
            images = np.empty((count, *block.shape), np.uint8)
        stored = np.flatnonzero(block.qualities == STORED)
        for position, (_, file), content in zip(stored, block.files, files, strict=True):
            images[position] = stored_files.decode(file.kind, content, block.shape)
        return self._own(images, block.number * self.header.block, scaled_back)

    def _coded_once(self, block):
        """The symbols of a block, kept until another one is read."""
        last = self._last  # read once, as another thread may replace it
        if last is None or last[0] != block.number:
            coded = self._coded(block, self.reader.payload(block))
            last = self._last = block.number, coded
        return last[1]

    def _coded(self, block, payload):
        coded = self.codec.unpack(payload, block.qualities, block.shape)
        self.reader.check(block, symbols_of(coded), payload)
        return coded

    def _own(self, images, first, scaled_back=True):
        """Decoded images, the first of which has this number, in the form and size they had."""
        sizes = self.reader.own_sizes if scaled_back else None
        fit = cast(Fit | None, self.reader.fit)
        if sizes is not None and fit is not None:
            own = sizes[first : first + len(images)]
            pairs = zip(images, own, strict=True)
            images = [unfitted(image, fit, size) for image, size in pairs]
        if self.header.channel_axis:
            return images
        return [image[..., 0] for image in images] if sizes else np.asarray(images)[..., 0]


def _one(coded, position):
    """(the quality of the image at a position of a block, its symbols [1, ...])."""
    for each in coded:
        index = int(np.searchsorted(each.positions, position))
        if index < len(each.positions) and each.positions[index] == position:
            alone = len(each.positions) == 1
            symbols = each.symbols if alone else each.symbols[index : index + 1]
            return each.quality, symbols
    raise AssertionError(f"no image at {position}")


def position_of(key: Any, count: int) -> int:
    """The position in a sequence of `count` items for a key, which counts from the end if negative.

    Raises IndexError if it is out of range, and TypeError unless it is a whole number.
    """
    number = operator.index(key)
    if not -count <= number < count:
        raise IndexError(f"Expected a number below {count}. Received: {number}.")
    return number % count
