"""An array in a .npy file, read in parts."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from image_compressor.errors import InputError
from image_compressor.files import check_readable


class Stack:
    """An array in a .npy file, which `Codec.write` accepts like an array.

    It is not memory-mapped, because every page once read would count as memory of this process.

    Raises InputError if the file is damaged or truncated, or its array is in column order.
    """

    def __init__(self, path: Path):
        self.path = path
        check_readable(path)
        try:
            array = np.load(path, mmap_mode="r", allow_pickle=False)
            if not isinstance(array, np.memmap) or not array.flags.c_contiguous or not array.ndim:
                raise ValueError("not an array in row order")
        except Exception as error:  # NumPy's reader raises errors of many types for damaged files
            raise InputError(
                "a .npy file of uint8 [N, H, W] or [N, H, W, C]",
                f"{path}: {error}",
                "Name another file, or save it again with numpy.save.",
            ) from None
        self.shape, self.dtype, self.ndim = array.shape, array.dtype, array.ndim
        self.offset = array.offset

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[np.ndarray]:
        for start in range(0, len(self), 64):
            yield from self[start : start + 64]

    def __getitem__(self, part: slice) -> np.ndarray:
        start, stop, step = part.indices(len(self))
        if step != 1:
            raise ValueError(f"Expected a slice with step 1. Received: {step}.")
        size = int(np.prod(self.shape[1:]))
        items = np.fromfile(
            self.path,
            self.dtype,
            count=max(0, stop - start) * size,
            offset=self.offset + start * size * self.dtype.itemsize,
        )
        return items.reshape(-1, *self.shape[1:])
