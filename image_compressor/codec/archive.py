"""Reads an .imgc file image by image."""

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, BinaryIO, TypedDict, overload

import numpy as np

from image_compressor.codec.batches import LARGEST_IMAGE
from image_compressor.codec.container import MANY_PIXELS, PIXELS_A_BYTE, Reader
from image_compressor.codec.reading import damaged
from image_compressor.codec.transform import Transform
from image_compressor.errors import InputError, nearest
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
        with open("digits.imgc", "rb") as file:
            archive = codec.open(file)
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
            raise InputError(
                f"a file of codec {codec.identity.hex()}",
                f"one of codec {self.header.codec.hex()}",
                "Name the codec that wrote it with --codec.",
            )
        if shape != tuple(codec.networks.image_shape) or (shape[2] > 1 and not channel_axis):
            raise damaged(f"images of {shape} from a codec for other shapes")
        height, width, _ = max(self.reader.shapes, key=lambda shape: shape[0] * shape[1])
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
        self._last: tuple[int, Any] | None = None  # block, symbols
        self._numbers: dict[str, int] | None = None

    def __getstate__(self):
        return {**vars(self), "_last": None, "_numbers": None}

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
        number, position = divmod(position_of(key, len(self)), self.header.block)
        last = self._last  # read once, as another thread may replace it
        if last is None or last[0] != number:
            last = self._last = number, self._symbols(number, self.reader.payload(number))
        symbols = last[1]
        if self.header.block > 1:
            symbols = symbols[position : position + 1]
        return self._formed(self._images(number, symbols))[0]

    def number(self, name: str) -> int:
        """The number of the image with this name. Raises InputError if there is none."""
        names = self.header.names or ()
        if self._numbers is None:
            self._numbers = {name: number for number, name in enumerate(names)}
        if name not in self._numbers:
            fix = nearest(name, names[:10000]) if names else "Its images have only numbers."
            raise InputError("an image of the file", name, fix)
        return self._numbers[name]

    def blocks(self, progress: Progress = iter) -> Iterator[np.ndarray]:
        """The images in order, one block at a time: uint8 [n, H, W] or [n, H, W, C].

        Args:
            progress: wraps the iterable of blocks, e.g. `tqdm`.
        """
        # This thread reads the payloads in order; all cores decode them.
        numbers = progress(range(len(self.reader.sizes)))
        payloads = ((number, self.reader.payload(number)) for number in numbers)
        return parallel_map(self._decoded, payloads, ahead=self.codec.ahead)

    def _decoded(self, block):
        return self._formed(self._images(block[0], self._symbols(*block)))

    def _images(self, number, symbols):
        return self.codec.decode(symbols, self.header.quality, self.reader.shapes[number][:2])

    def _symbols(self, number, payload):
        shape = self.codec.latent_shape(self.reader.sizes[number], self.reader.shapes[number])
        symbols = self.codec.coder(self.header.quality).decode(payload, shape)
        self.reader.check(number, symbols, payload)
        return symbols

    def _formed(self, images):
        return images if self.header.channel_axis else images[..., 0]


def position_of(key: Any, count: int) -> int:
    """The position in a sequence of `count` items for a key, which counts from the end if negative.

    Raises IndexError if it is out of range, and TypeError unless it is a whole number.
    """
    number = operator.index(key)
    if not -count <= number < count:
        raise IndexError(f"Expected a number below {count}. Received: {number}.")
    return number % count
