"""The tables of every quality <-> tables.npz."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from image_compressor.codec.directory import TABLES
from image_compressor.codec.hyper import HyperTables
from image_compressor.codec.tables import AGAIN, QUALITIES, Bank, Tables
from image_compressor.errors import InputError

Qualities = Sequence[Tables] | Sequence[HyperTables]

_BANK = ("minimums", "lengths", "frequencies")
_WIDTHS = {"widths": "<f4"}  # all that differs between qualities, with a hyperprior
_CLASSES = {"classes": "<u4", "index": "<u2", "offsets": "<i4"}  # what else does, without


def save(qualities: Qualities, path: Path) -> None:
    """Writes the tables of all qualities, the same bytes for the same tables."""
    bank = qualities[0].bank
    own = _WIDTHS if isinstance(qualities[0], HyperTables) else _WIDTHS | _CLASSES
    arrays: dict[str, Any] = {
        name: np.stack([getattr(tables, name) for tables in qualities]).astype(kind)
        for name, kind in own.items()
    }
    arrays["minimums"] = bank.minimums.astype("<i4")
    arrays["lengths"] = (bank.escapes + 1).astype("<u2")
    arrays["frequencies"] = np.concatenate(bank.frequencies).astype("<u2")
    np.savez_compressed(path, **arrays)


def load(content: bytes, name: object = TABLES) -> Qualities:
    """The tables of each quality. Raises InputError where the file of this content has none."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            own = _WIDTHS | _CLASSES if "classes" in file else _WIDTHS
            arrays = {name: file[name] for name in (*own, *_BANK)}
        if {len(arrays[name]) for name in own} != {len(QUALITIES)}:
            raise ValueError({name: array.shape for name, array in arrays.items()})
        bank, widths = _bank(arrays), arrays["widths"]
        if own is _WIDTHS:
            return [HyperTables(bank, row) for row in widths]
        return [
            Tables(bank, row, *(arrays[name][place].astype(np.int64) for name in _CLASSES))
            for place, row in enumerate(widths)
        ]
    except InputError:
        raise
    except Exception as error:  # NumPy and zipfile refuse with errors of many kinds
        raise InputError(f"a {TABLES} of this package", f"{name}: {error!r}", AGAIN) from None


def _bank(arrays):
    lengths, frequencies = arrays["lengths"].astype(np.int64), arrays["frequencies"]
    if lengths.sum() != len(frequencies):
        raise ValueError(f"{lengths.sum()} frequencies in {len(frequencies)}")
    every = np.split(frequencies.astype(np.int64), np.cumsum(lengths)[:-1])
    return Bank(arrays["minimums"].astype(np.int64), every)
