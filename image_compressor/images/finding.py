"""The images below a directory: which files are meant as such, and the names that they are given.

The same for `compress`, sets, ingest and the demo. What cannot be read is listed with the others,
as are links to folders: their reader refuses them by name.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from image_compressor.errors import InputError
from image_compressor.images import formats, safe_names


class Entry(NamedTuple):
    """Attributes:
    path: below the directory, with "/".
    passed: why it is not meant as an image, "" for what is.
    is_folder: is it to be looked into?
    size, tag: bytes, and what is another once the content is; where the list of a folder has them.
    """

    path: str
    passed: str = ""
    is_folder: bool = False
    size: int = 0
    tag: str = ""


# The entries of a folder, given by its path, in the order of their names; None where it cannot be
# read.
Folder = Callable[[str], list[Entry] | None]


@dataclass(frozen=True)
class Found:
    """Attributes:
    names: where each image lies below the directory, with "/", by the name it is given; sorted.
    passed: how many files are not meant as images, by the reason.
    """

    names: dict[str, str]
    passed: Counter[str]

    def note(self) -> str:
        """A line of what is not taken as it is there, or "" where all is."""
        renamed = [f"{path!r} -> {name}" for name, path in self.names.items() if name != path]
        more = ", ..." if len(renamed) > 3 else ""
        lines = [formats.told(self.passed)] if self.passed else []
        if renamed:
            lines.append(f"renamed: {len(renamed)} ({', '.join(renamed[:3])}{more})")
        return "; ".join(lines)


def find(directory: Path) -> Found:
    """Raises InputError where there is no image; OSError where the directory cannot be read."""
    os.scandir(directory).close()
    return found(walk(folder_of(directory)), directory)


def found(entries: Iterable[Entry], place: object) -> Found:
    """Raises InputError where there is no image among them, nor a link or folder to be refused."""
    passed = Counter[str]()
    paths = [entry.path for entry in meant(entries, passed)]
    if not paths:
        there = formats.told(passed) if passed else "no files"
        raise InputError("a directory with images", f"{place}: {there}", "Name another.")
    names = safe_names.safe(paths)
    return Found(dict(sorted(zip(names, paths, strict=True))), passed)


def walk(folder: Folder, start: str = "") -> Iterator[Entry]:
    """The files below, in the order of the names in each folder, of which one is in memory.

    Hidden folders, links to folders, and folders that cannot be read are given as files are.
    """
    waiting = [Entry(start, is_folder=True)]
    while waiting:
        entry = waiting.pop()
        entries = folder(entry.path) if entry.is_folder else None
        if entries is None:
            yield entry
        else:
            waiting += reversed(entries)


def meant(entries: Iterable[Entry], passed: Counter[str] | None) -> Iterator[Entry]:
    """The entries that are meant as images; counts the others by the reason.

    Without a counter every entry is given, whatever its name.
    """
    for entry in entries:
        if entry.passed and passed is not None:
            passed[entry.passed] += 1
        else:
            yield entry


def told_apart(
    entries: list[Entry], starts: Callable[[list[str]], list[bytes | OSError]]
) -> list[Entry]:
    """Entries in object storage, in their order, each with why it is passed over.

    Args:
        starts: fetches the first START bytes of files, of those whose names do not tell.
    """
    files = [entry for entry in entries if entry.size and not entry.is_folder]
    unknown = [entry.path for entry in files if formats.passed_over(entry.path) is None]
    found: dict[str, Any] = dict(zip(unknown, starts(unknown), strict=True))

    def told(entry):
        start = found.get(entry.path, b"")
        # What cannot be fetched is told where it is read.
        why = formats.passed_over(entry.path, start if isinstance(start, bytes) else None) or ""
        if entry.is_folder and why != formats.HIDDEN:
            return entry
        return entry._replace(passed=why, is_folder=False)

    return [told(entry) for entry in entries]


def folder_of(directory: Path) -> Folder:
    """The folders below a directory, for `walk`."""

    def entries_of(path):
        try:
            with os.scandir(directory / path) as entries:
                return [_entry(path, entry) for entry in sorted(entries, key=lambda one: one.name)]
        except OSError:
            return None

    return entries_of


def _entry(folder, entry):
    path = f"{folder}/{entry.name}" if folder else entry.name
    if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
        return Entry(path, is_folder=True)
    return Entry(path, _passed_over(entry))


def _passed_over(entry):
    why = formats.passed_over(entry.name)
    try:
        if not (entry.is_file() or entry.is_dir()) and Path(entry).stat():
            return formats.SPECIAL  # by a broken link not reached
        if why is None and not entry.is_dir():
            with Path(entry).open("rb") as file:
                why = formats.passed_over(entry.name, file.read(formats.START))
    except OSError:  # broken, or not to be read: its reader says so
        pass
    return why or ""
