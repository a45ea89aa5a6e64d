"""The tables of every quality <-> tables.npz."""

import io
import zipfile
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from image_compressor.codec.frozen.hyper_tables import HyperTables
from image_compressor.codec.frozen.tables import AGAIN, QUALITIES, Bank, Tables
from image_compressor.errors import InputError

TABLES = "tables.npz"
Qualities = Sequence[Tables] | Sequence[HyperTables]
Arrays = dict[str, np.ndarray]

# The type and the number of axes of each array.
_BANK = {"minimums": ("<i4", 1), "lengths": ("<u2", 1), "frequencies": ("<u2", 1)}
_WIDTHS = {"widths": ("<f4", 2)}  # with a hyperprior, only these differ between qualities
_CLASSES = {"classes": ("<u4", 2), "index": ("<u2", 3), "offsets": ("<i4", 3)}  # else these too
KINDS = _BANK | _WIDTHS | _CLASSES
SMALL, BYTES_A_BYTE = 2**22, 64  # limits on inflated bytes; `digits` inflates to 3 a byte
MANY_TABLES = 2**16  # the numbers that fit into `index`


def save(qualities: Qualities, path: Path) -> None:
    """Writes the tables of all qualities; equal tables give equal bytes."""
    bank = qualities[0].bank
    own = _WIDTHS if isinstance(qualities[0], HyperTables) else _WIDTHS | _CLASSES
    arrays: dict[str, Any] = {
        name: np.stack([getattr(tables, name) for tables in qualities]) for name in own
    }
    arrays["minimums"] = bank.minimums
    arrays["lengths"] = bank.escapes + 1
    arrays["frequencies"] = np.concatenate(bank.frequencies)
    kinds = {name: kind for name, (kind, _) in (own | _BANK).items()}
    np.savez_compressed(path, **{name: arrays[name].astype(kinds[name]) for name in arrays})


def load(content: bytes, name: object = TABLES) -> Qualities:
    """The tables of each quality. Raises InputError if the content is not that of a table file."""
    return made(arrays(content, name), name)


def made(arrays: Arrays, name: object = TABLES) -> Qualities:
    """The tables of each quality, from `arrays`. Raises InputError unless they fit together."""
    with _as_input_error(name):
        own = _WIDTHS | _CLASSES if "classes" in arrays else _WIDTHS
        if {len(arrays[name]) for name in own} != {len(QUALITIES)}:
            raise ValueError({name: array.shape for name, array in arrays.items()})
        bank, widths = _bank(arrays), arrays["widths"]
        if own is _WIDTHS:
            return [HyperTables(bank, row) for row in widths]
        return [
            Tables(bank, row, *(arrays[name][number].astype(np.int64) for name in _CLASSES))
            for number, row in enumerate(widths)
        ]


@contextmanager
def _as_input_error(name):
    try:
        yield
    except InputError:
        raise
    except Exception as error:  # NumPy, zlib and zipfile raise errors of many types
        received = f"{name}: {str(error)[:200] or error!r}"
        raise InputError(f"a {TABLES} of this package", received, AGAIN) from None


def arrays(content: bytes, name: object = TABLES) -> Arrays:
    """The arrays of a table file, of the types in KINDS, see `load`."""
    with _as_input_error(name):
        return _arrays(content)


def _arrays(content):
    """The arrays of an .npz, whose sizes are checked before any of them is inflated."""
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        sizes = {info.filename: info.file_size for info in file.infolist()}
        names = [name.removesuffix(".npy") for name in file.namelist()]
        own = _WIDTHS | _CLASSES if "classes" in names else _WIDTHS
        if sorted(names) != sorted(own | _BANK):
            raise ValueError(f"arrays {', '.join(names)[:80]}")
        if sum(sizes.values()) > max(SMALL, BYTES_A_BYTE * len(content)):
            raise ValueError(f"{sum(sizes.values())} bytes in {len(content)}")
        return {name: _array(file, name, *kind) for name, kind in (own | _BANK).items()}


def _array(file, name, kind, axes):
    with file.open(f"{name}.npy") as part:
        np.lib.format.read_magic(part)
        shape, columns, dtype = np.lib.format.read_array_header_1_0(part)
        if (dtype.str, len(shape), columns) != (kind, axes, False):
            raise ValueError(f"{name} of {dtype.str} {shape}")
        return np.frombuffer(part.read(), dtype).reshape(shape)


def _bank(arrays):
    if len(arrays["lengths"]) > MANY_TABLES:
        raise ValueError(f"{len(arrays['lengths'])} tables")
    lengths, frequencies = arrays["lengths"].astype(np.int64), arrays["frequencies"]
    if lengths.sum() != len(frequencies):
        raise ValueError(f"{lengths.sum()} frequencies in {len(frequencies)}")
    every = np.split(frequencies.astype(np.int64), np.cumsum(lengths)[:-1])
    return Bank(arrays["minimums"].astype(np.int64), every)
