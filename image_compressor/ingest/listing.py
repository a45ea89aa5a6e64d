"""data/source.csv: the files of a source as they were when it was scanned.

DVC compares this table, never the source itself. ingest reads the files that it names.
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
    """A file of a source, or something in the place of one.

    Attributes:
        name: path below the source, with "/"; bytes that are not UTF-8 are surrogates.
        size: bytes, if it is in object storage.
        digest: MD5 of the content, or an object storage's tag for it.
        reason: why it cannot be read, as `kind: what was found`; then it has no digest.
    """

    name: str
    size: int = 0
    digest: str = ""
    reason: str = ""


def write(path: Path, rows: Iterable[Row]) -> None:
    """Replaces the table at `path`."""
    with replace_file(path, force=True) as file:
        text = io.TextIOWrapper(file, "utf-8", "surrogateescape", newline="")
        # All names in quotes: csv leaves them out around a carriage return, and ends a row there.
        table = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
        table.writerow(COLUMNS)
        table.writerows(rows)
        text.detach()


def spoil(path: Path) -> None:
    """Adds a row that no scan gives to the table of a source that changed while it was read.

    DVC records the table after the stage has run; the next scan's will be another.
    """
    write(path, chain(read(path), [Row("", reason="changed while it was read")]))


def read(path: Path) -> Iterator[Row]:
    """The rows of a table. Raises InputError where it is missing or broken."""
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
