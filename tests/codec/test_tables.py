import numpy as np
import pytest

from image_compressor import InputError
from image_compressor.codec.tables import Tables

TABLES = Tables(np.array([-1, 0]), [np.array([16384, 32767, 16384, 1]), np.array([65535, 1])])


def test_saving_and_loading_gives_the_same_tables_and_bytes(tmp_path):
    TABLES.save(tmp_path / "a.json")
    loaded = Tables.load(tmp_path / "a.json")
    loaded.save(tmp_path / "b.json")
    assert loaded.minimums.tolist() == [-1, 0]
    assert [table.tolist() for table in loaded.frequencies] == [
        table.tolist() for table in TABLES.frequencies
    ]
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_symbols_outside_a_table_have_the_last_place():
    index, escaped = TABLES.index(np.array([-2, -1, 0, 1, 2]), 0)
    assert index.tolist() == [3, 0, 1, 2, 3]
    assert escaped.tolist() == [True, False, False, False, True]


@pytest.mark.parametrize("frequencies", [[65536], [65536, 0], [65535, 2], [-1, 65537]])
def test_frequencies_that_are_no_distribution_are_refused(frequencies):
    with pytest.raises(InputError, match="sum to 65536"):
        Tables(np.array([0]), [np.array(frequencies)])


@pytest.mark.parametrize("text", ["", "[]", '{"channels": [{}]}', '{"channels": []}', "\x00"])
def test_a_broken_file_is_refused(tmp_path, text):
    (tmp_path / "tables.json").write_text(text)
    with pytest.raises(InputError):
        Tables.load(tmp_path / "tables.json")
