"""A directory, a file, or object storage -> the entries of its files, see `listing`."""

import hashlib
import os
import stat
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from image_compressor.data.known import Known
from image_compressor.data.listing import Entry
from image_compressor.images import finding, formats

if TYPE_CHECKING:
    from image_compressor.places import Place

BATCH = 1024  # files that are looked at together
THREADS = 4 * (os.cpu_count() or 1)  # they wait for a disk or a network most of the time
FOLDER, NO_FILE = "not a file: a link to a folder", "not a file: a device, pipe or socket"


def on_disk(path: Path, known: Known, passed: Counter[str] | None = None) -> Iterator[Entry]:
    """The entries of a directory, folder by folder in the order of their names, or of a file.

    Args:
        known: what was read before, which is not read again.
        passed: counts the files that are not meant as images, which have no entry then.
    """
    files, root = (walk(path, passed), path) if path.is_dir() else (iter([path]), path.parent)
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


def walk(directory: Path, passed: Counter[str] | None = None) -> Iterator[Path]:
    """The files below a directory, see `on_disk`."""
    entries = finding.walk(finding.folder_of(directory))
    return (directory / entry.path for entry in _meant(entries, passed))


def at_place(
    place: "Place", folder: str = "", passed: Counter[str] | None = None
) -> Iterator[Entry]:
    """The entries of a place in object storage, as `on_disk` gives them. Raises Unreachable."""
    tags: dict[str, str] = {}
    for entry in _meant(finding.walk(_folder_at(place, tags), folder), passed):
        yield Entry(entry.path, entry.size, tags.pop(entry.path, ""))


def _meant(entries: Iterable[finding.Entry], passed) -> Iterator[finding.Entry]:
    for entry in entries:
        if entry.passed and passed is not None:
            passed[entry.passed] += 1
        else:
            yield entry


def _folder_at(place, tags) -> finding.Folder:
    """The folders below a place; the tag of each file goes to `tags`."""

    def folder(above):
        entries = [(f"{above}/{name}".lstrip("/"), *about) for name, *about in place.entries(above)]
        files = {path: size for path, size, _ in entries if size is not None}
        tags.update({path: tag for path, _, tag in entries})
        told = finding.told_apart(files, partial(place.starts, size=formats.START))
        return sorted(told + [finding.folder(path) for path, size, _ in entries if size is None])

    return folder


def md5(path: Path) -> str:
    """The MD5 of a file's content, which is DVC's name for it."""
    with path.open("rb", buffering=0) as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def _status(path):
    """The status of a path; None where there is none, and `_entry` says why."""
    try:
        return path.stat()
    except OSError:
        return None


def _entry(path, status):
    """The entry of a file, still without its name; runs on a thread."""
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
