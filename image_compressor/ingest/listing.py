"""data/source.csv: the files of a source at the time of the scan.

DVC compares this table, never the source itself. ingest reads the files that the table lists.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from image_compressor.errors import InputError
from image_compressor.files import replace_file

COLUMNS = ("name", "bytes", "digest", "reason")


class Row(NamedTuple):
    """A file of a source, or the reason why it cannot be read.

    Attributes:
        name: path below the source, with "/"; bytes that are not UTF-8 are surrogates.
        size: in bytes, if it is in object storage.
        digest: MD5 of the content, or the object storage's tag for it.
        reason: why it cannot be read, as `kind: details`; then it has no digest.
    """

    name: str
    size: int = 0
    digest: str = ""
    reason: str = ""


def write(path: Path, rows: Iterable[Row]) -> None:
    """Replaces the table at `path`."""
    with replace_file(path, force=True) as file:
        text = io.TextIOWrapper(file, "utf-8", "surrogateescape", newline="")
        # Names are quoted, because csv would not quote a carriage return, but end the row there.
        table = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
        table.writerow(COLUMNS)
        table.writerows(rows)
        text.detach()


def spoil(path: Path) -> None:
    """Adds a row that no scan writes, because the source changed while it was read.

    DVC records this table after the stage, so the next scan's table differs and ingest runs again.
    """
    write(path, chain(read(path), [Row("", reason="changed while it was read")]))


def read(path: Path) -> Iterator[Row]:
    """Yields the rows of a table. Raises InputError if it is missing or malformed."""
    try:
        with path.open(newline="", encoding="utf-8", errors="surrogateescape") as file:
            table = csv.reader(file)
            if tuple(next(table, ())) != COLUMNS:
                raise ValueError("its columns are not those of a listing")
            for name, size, digest, reason in table:
                yield Row(name, int(size), digest, reason)
    except (OSError, ValueError, csv.Error) as error:
        why = getattr(error, "strerror", None) or error
        fix = "Run the stage scan: `dvc repro --single-item scan`."
        raise InputError(f"{path} cannot be read: {why}. {fix}") from None
