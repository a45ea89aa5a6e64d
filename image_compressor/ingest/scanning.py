"""Scans a directory, a file or object storage -> the rows of its files, see `listing`."""

import hashlib
import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from image_compressor.images import finding, formats
from image_compressor.images.unusable import Unusable, check_file, unreadable
from image_compressor.ingest.known import Known
from image_compressor.ingest.listing import Row

if TYPE_CHECKING:
    from image_compressor.storage import Place

BATCH = 1024  # files
THREADS = 4 * (os.cpu_count() or 1)  # they mostly wait for a disk or a network


def on_disk(path: Path, known: Known, passed: Counter[str] | None = None) -> Iterator[Row]:
    """Yields the rows of a directory, folder by folder in the order of names, or of a file.

    Args:
        known: cache of digests, so that unchanged files are not read again.
        passed: counts the files that are not meant as images; if given, they get no row.
    """
    root, names = (path, below(path, passed)) if path.is_dir() else (path.parent, iter([path.name]))
    with ThreadPoolExecutor(THREADS) as pool:
        while batch := list(islice(names, BATCH)):
            files = [root / name for name in batch]
            statuses = [_status(file) for file in files]
            digests = [known.digest(*pair) for pair in zip(files, statuses, strict=True)]
            reading = [
                None if digest else pool.submit(_read, file)
                for file, digest in zip(files, digests, strict=True)
            ]
            for name, file, status, digest, read in zip(
                batch, files, statuses, digests, reading, strict=True
            ):
                row = read.result() if read else Row("", digest=digest)
                if read:
                    known.keep(file, status, row.digest)
                yield row._replace(name=name)


def below(directory: Path, passed: Counter[str] | None = None) -> Iterator[str]:
    """Yields the paths of the files below a directory, see `on_disk`."""
    entries = finding.walk(finding.folder_of(directory))
    return (entry.path for entry in finding.meant(entries, passed))


def at_place(place: "Place", folder: str = "", passed: Counter[str] | None = None) -> Iterator[Row]:
    """Yields the rows of a place in object storage, like `on_disk`. Raises Unreachable."""
    for entry in finding.meant(finding.walk(_folder_at(place), folder), passed):
        yield Row(entry.path, entry.size, entry.tag)


def _folder_at(place) -> finding.Folder:
    """Returns a function that lists the folders below a place."""

    def entries_of(above):
        entries = [
            finding.Entry(f"{above}/{name}".lstrip("/"), "", size is None, size or 0, tag)
            for name, size, tag in place.entries(above)
        ]
        return finding.classified(entries, partial(place.starts, size=formats.START))

    return entries_of


def md5(path: Path) -> str:
    """Returns the MD5 of a file's content, by which DVC stores it."""
    with path.open("rb", buffering=0) as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _status(path):
    """Returns a path's status, or None on an error, which `_read` reports."""
    try:
        return path.stat()
    except OSError:
        return None


def _read(path):
    """Returns the row of a file, without its name; runs in a thread."""
    try:
        check_file(path)
        return Row("", digest=md5(path))
    except Unusable as error:
        return Row("", reason=str(error))
    except OSError as error:
        return Row("", reason=str(unreadable(error)))
