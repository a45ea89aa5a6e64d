"""A directory, a file, or object storage -> the entries of its files, see `listing`."""

import hashlib
import os
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from image_compressor.data.known import Known
from image_compressor.data.listing import Entry

if TYPE_CHECKING:
    from image_compressor.places import Place

BATCH = 1024  # files that are looked at together
THREADS = 4 * (os.cpu_count() or 1)  # they wait for a disk or a network most of the time
FOLDER, NO_FILE = "not a file: a folder", "not a file: a device, pipe or socket"


def on_disk(path: Path, known: Known) -> Iterator[Entry]:
    """The entries of a directory in the order of their names, or that of a file."""
    files, root = (walk(path), path) if path.is_dir() else (iter([path]), path.parent)
    with ThreadPoolExecutor(THREADS) as pool:
        while batch := list(islice(files, BATCH)):
            statuses = [_status(file) for file in batch]
            digests = [known.digest(*one) for one in zip(batch, statuses, strict=True)]
            reading = [
                None if digest else pool.submit(_entry, file, status)
                for file, status, digest in zip(batch, statuses, digests, strict=True)
            ]
            for file, status, digest, read in zip(batch, statuses, digests, reading, strict=True):
                entry = read.result() if read else Entry("", digest=digest)
                if read:
                    known.keep(file, status, entry.digest)
                yield entry._replace(name=file.relative_to(root).as_posix())


def at_place(place: "Place", folder: str = "") -> Iterator[Entry]:
    """The entries of a place in object storage, in the order of their names. Raises Unreachable."""
    for name, size, tag in place.entries(folder):
        path = f"{folder}/{name}" if folder else name
        if size is not None:
            yield Entry(path, size, tag)
        elif hidden(name):
            yield Entry(path, reason=FOLDER)
        else:
            yield from at_place(place, path)


def walk(directory: Path) -> Iterator[Path]:
    """Files, and folders not gone into, in the order of their names; one folder in memory."""
    try:
        with os.scandir(directory) as found:
            entries = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in found)
    except OSError:  # the folder itself is given: its reader says what is wrong with it
        yield directory
        return
    for name, is_folder in entries:
        path = directory / name
        if is_folder and not hidden(name):
            yield from walk(path)
        else:
            yield path


def hidden(name: str) -> bool:
    return name.startswith(".")


def md5(path: Path) -> str:
    """The MD5 of a file's content, which is DVC's name for it."""
    with path.open("rb", buffering=0) as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _status(path):
    """None where there is none; `_entry` says why."""
    try:
        return path.stat()
    except OSError:
        return None


def _entry(path, status):
    """On a thread; without its name, which is that below the source."""
    try:
        status = status or path.stat()
        if stat.S_ISDIR(status.st_mode):
            os.scandir(path).close()
            return Entry("", reason=FOLDER)
        if not stat.S_ISREG(status.st_mode):
            return Entry("", reason=NO_FILE)
        return Entry("", digest=md5(path))
    except OSError as error:
        return Entry("", reason=f"unreadable: {error.strerror}")
