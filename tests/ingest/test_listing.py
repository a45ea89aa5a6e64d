import os

import pytest

from image_compressor import InputError
from image_compressor.ingest import listing
from image_compressor.ingest.listing import Row

NAMES = ['a,"b".png', "line\nend\r.png", "\r", "é/ü.png", os.fsdecode(b"caf\xe9.png"), "-rf", " "]


def test_what_is_written_is_read(tmp_path):
    rows = [Row(name, number, "md5") for number, name in enumerate(NAMES)]
    rows.append(Row("gone", reason="unreadable: No such file or directory"))
    listing.write(tmp_path / "source.csv", iter(rows))
    assert [*listing.read(tmp_path / "source.csv")] == rows


def test_a_spoiled_table_is_read_and_is_another(tmp_path):
    table, rows = tmp_path / "source.csv", [Row("a.png", 0, "md5")]
    listing.write(table, rows)
    listing.spoil(table)
    assert [*listing.read(table)][:-1] == rows


@pytest.mark.parametrize("text", [None, "", "name,reason\n", "name,bytes,digest,reason\na,b,c,d\n"])
def test_a_table_that_is_missing_or_broken_is_a_line(tmp_path, text):
    if text is not None:
        (tmp_path / "source.csv").write_text(text)
    with pytest.raises(InputError, match=r"source.csv cannot be read: .* Run the stage scan"):
        [*listing.read(tmp_path / "source.csv")]
