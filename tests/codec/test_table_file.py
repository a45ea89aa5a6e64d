"""The file tables.npz."""

import io
import tracemalloc
import zipfile

import numpy as np
import pytest

from image_compressor import InputError
from image_compressor.codec.frozen import table_file
from image_compressor.codec.frozen.tables import QUALITIES, Bank, Tables
from tests.codec.networks import Pickled, hyper_tables

# The types that readers in other languages rely on.
KINDS = {"minimums": "<i4", "lengths": "<u2", "frequencies": "<u2", "widths": "<f4"}
CLASSES = {"classes": "<u4", "index": "<u2", "offsets": "<i4"}


def every_quality():
    """A list of 100 different tables with 2 classes and 3 channels."""
    rng = np.random.default_rng(0)
    frequencies = [np.append(rng.integers(1, 99, size), 0) for size in rng.integers(1, 9, 50)]
    for table in frequencies:
        table[-1] = 2**16 - table.sum()
    bank = Bank(rng.integers(-99, 99, 50), frequencies)
    return [
        Tables(
            bank,
            rng.uniform(0.1, 9, 3).astype(np.float32),
            np.array([quality, 2**16 - quality]),
            rng.integers(0, 50, (2, 3)),
            rng.integers(-99, 99, (2, 3)),
        )
        for quality in QUALITIES
    ]


SETS = {"classes": every_quality(), "hyperprior": [hyper_tables(quality) for quality in QUALITIES]}
of_each_set = pytest.mark.parametrize("name", SETS)


@of_each_set
def test_loading_inverts_saving(tmp_path, name):
    saved = SETS[name]
    table_file.save(saved, tmp_path / "tables.npz")
    loaded = table_file.load((tmp_path / "tables.npz").read_bytes())
    assert len(loaded) == len(QUALITIES)
    for before, after in zip(saved, loaded, strict=True):
        assert type(before) is type(after)
        for field in ("widths", *(CLASSES if name == "classes" else ())):
            assert np.array_equal(getattr(before, field), getattr(after, field))
    assert np.array_equal(saved[0].bank.minimums, loaded[0].bank.minimums)
    assert all(map(np.array_equal, saved[0].bank.frequencies, loaded[0].bank.frequencies))
    assert {table.dtype for table in loaded[0].bank.frequencies} == {np.dtype(np.int64)}


@of_each_set
def test_saving_loaded_tables_gives_the_same_bytes(tmp_path, name):
    table_file.save(SETS[name], tmp_path / "a.npz")
    table_file.save(table_file.load((tmp_path / "a.npz").read_bytes()), tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


@of_each_set
def test_numbers_have_the_types_of_the_format(tmp_path, name):
    table_file.save(SETS[name], tmp_path / "tables.npz")
    with np.load(tmp_path / "tables.npz") as file:
        kinds = {key: array.dtype.str for key, array in file.items()}
    assert kinds == KINDS | (CLASSES if name == "classes" else {})


@pytest.mark.parametrize("count", [1, 99, 101])
@of_each_set
def test_a_file_of_another_number_of_qualities_is_refused(tmp_path, name, count):
    table_file.save((SETS[name] * 2)[:count], tmp_path / "tables.npz")
    with pytest.raises(InputError, match=r"tables\.npz"):
        table_file.load((tmp_path / "tables.npz").read_bytes())


@pytest.mark.parametrize("name", ["classes", "widths", "frequencies"])
def test_no_pickle_is_read(tmp_path, name):
    table_file.save(SETS["classes"], tmp_path / "tables.npz")
    with np.load(tmp_path / "tables.npz") as file:
        arrays = {**file, name: np.array([Pickled(tmp_path / "touched")] * 100)}
    np.savez(tmp_path / "tables.npz", **arrays)
    with pytest.raises(InputError, match=r"tables\.npz"):
        table_file.load((tmp_path / "tables.npz").read_bytes())
    assert not (tmp_path / "touched").exists()


def npz(**arrays):
    """An .npz made from arrays, or from the bytes of their files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        for name, array in arrays.items():
            part = io.BytesIO()
            if isinstance(array, np.ndarray):
                np.save(part, array)
            file.writestr(f"{name}.npy", part.getvalue() or array)
    return content.getvalue()


def test_a_bomb_is_refused_before_it_is_inflated(tmp_path):
    table_file.save(SETS["classes"], tmp_path / "tables.npz")
    with np.load(tmp_path / "tables.npz") as file:
        arrays = dict(file)
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<u2", "fortran_order": False, "shape": (2**40,)}
    )
    bombs = [
        {"frequencies": np.zeros(2**25, "<u2")},
        {"frequencies": header.getvalue()},
        {"index": np.zeros((100, 2, 3), "<u8")},
        {"offsets": np.zeros((100, 6), "<i4")},
        {"more": np.zeros(1)},
        {"lengths": np.full(2**16 + 1, 2, "<u2")},
    ]
    assert table_file.load(npz(**arrays))
    for bomb in bombs:
        content = npz(**arrays | bomb)
        tracemalloc.start()
        with pytest.raises(InputError, match=r"tables\.npz"):
            table_file.load(content)
        assert tracemalloc.get_traced_memory()[1] < 2**22
        tracemalloc.stop()


def test_a_file_cut_or_damaged_anywhere_is_refused_or_still_holds_tables(tmp_path):
    path = tmp_path / "tables.npz"
    table_file.save(every_quality(), path)
    data = path.read_bytes()
    cut = [data[:end] for end in range(0, len(data), 97)]
    flipped = [data[:n] + bytes([data[n] ^ 255]) + data[n + 1 :] for n in range(0, len(data), 97)]
    refused = 0
    for damaged in [b"", b"no zip", *cut, *flipped]:
        try:
            assert len(table_file.load(damaged)) == len(QUALITIES)
        except InputError:
            refused += 1
    assert refused > len(cut)
