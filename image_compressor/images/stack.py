"""The array in a .npy file, read a part at a time."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from image_compressor.errors import InputError
from image_compressor.files import check_readable


class Stack:
    """The array in a .npy file. `Codec.write` takes it as it does an array.

    Not mapped into memory: all pages once read would count as this process's.

    Raises InputError where the file holds no array, or one in columns, or less than it says.
    """

    def __init__(self, path: Path):
        self.path = path
        check_readable(path)
        try:
            array = np.load(path, mmap_mode="r", allow_pickle=False)
            if not isinstance(array, np.memmap) or not array.flags.c_contiguous or not array.ndim:
                raise ValueError("not an array in rows")
        except Exception as error:  # NumPy's reader raises errors of many kinds for damaged files
            raise InputError(
                "a .npy file of uint8 [N, H, W] or [N, H, W, C]",
                f"{path}: {error}",
                "Name another, or save it again by numpy.save.",
            ) from None
        self.shape, self.dtype, self.ndim = array.shape, array.dtype, array.ndim
        self.offset = array.offset

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[np.ndarray]:
        for start in range(0, len(self), 64):
            yield from self[start : start + 64]

    def __getitem__(self, places: slice) -> np.ndarray:
        start, stop, step = places.indices(len(self))
        if step != 1:
            raise ValueError(f"Expected neighbours, a step of 1. Received: {step}.")
        size = int(np.prod(self.shape[1:]))
        part = np.fromfile(
            self.path,
            self.dtype,
            count=max(0, stop - start) * size,
            offset=self.offset + start * size * self.dtype.itemsize,
        )
        return part.reshape(-1, *self.shape[1:])
