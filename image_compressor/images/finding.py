"""Finds the images below a directory, and gives them their names.

`compress`, sets, ingest and the demo share these rules. Unreadable files and links to folders are
listed like images, so that the reader can refuse them by name.
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
    """An entry of a folder.

    Attributes:
        path: the path below the directory, with "/".
        passed: the reason why it is not an image, "" for an image.
        is_folder: whether to look inside it.
        size: bytes, if the listing of the folder has them.
        tag: a text that changes with the content, if the listing has one.
    """

    path: str
    passed: str = ""
    is_folder: bool = False
    size: int = 0
    tag: str = ""


# Lists the folder at a path: its entries sorted by name, or None if it cannot be read.
Folder = Callable[[str], list[Entry] | None]


@dataclass(frozen=True)
class Found:
    """The images below a directory.

    Attributes:
        names: {name given to an image: its path below the directory, with "/"}, sorted.
        passed: the number of files that are not images, by reason.
    """

    names: dict[str, str]
    passed: Counter[str]

    def note(self) -> str:
        """A line about files that were skipped or renamed, or "" if there are none."""
        renamed = [f"{path!r} -> {name}" for name, path in self.names.items() if name != path]
        more = ", ..." if len(renamed) > 3 else ""
        lines = [formats.summary(self.passed)] if self.passed else []
        if renamed:
            lines.append(f"renamed: {len(renamed)} ({', '.join(renamed[:3])}{more})")
        return "; ".join(lines)


def find(directory: Path) -> Found:
    """The images below a directory.

    Raises InputError if there are none, and OSError if the directory cannot be read.
    """
    os.scandir(directory).close()
    return found(walk(folder_of(directory)), directory)


def found(entries: Iterable[Entry], place: object) -> Found:
    """The images among these entries. Raises InputError if there are none, not even unreadable."""
    passed = Counter[str]()
    paths = [entry.path for entry in meant(entries, passed)]
    if not paths:
        there = formats.summary(passed) if passed else "no files"
        fix = "Name another directory."
        raise InputError("a directory with images", f"{place}: {there}", fix)
    names = safe_names.safe(paths)
    return Found(dict(sorted(zip(names, paths, strict=True))), passed)


def walk(folder: Folder, start: str = "") -> Iterator[Entry]:
    """The files below a folder, sorted by name within each folder.

    Hidden folders, links to folders, and folders that cannot be read are yielded like files.
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
    """The entries that are images; counts the others by reason.

    Without a counter, every entry is yielded, whatever its name.
    """
    for entry in entries:
        if entry.passed and passed is not None:
            passed[entry.passed] += 1
        else:
            yield entry


def classified(
    entries: list[Entry], starts: Callable[[list[str]], list[bytes | OSError]]
) -> list[Entry]:
    """The entries of a folder in object storage, each with the reason if it is not an image.

    Args:
        starts: fetches the first START bytes of the files whose names do not decide.
    """
    files = [entry for entry in entries if entry.size and not entry.is_folder]
    unknown = [entry.path for entry in files if formats.passed_over(entry.path) is None]
    found: dict[str, Any] = dict(zip(unknown, starts(unknown), strict=True))

    def classify(entry):
        start = found.get(entry.path, b"")
        # A file that cannot be fetched is reported when it is read.
        why = formats.passed_over(entry.path, start if isinstance(start, bytes) else None) or ""
        if entry.is_folder and why != formats.HIDDEN:
            return entry
        return entry._replace(passed=why, is_folder=False)

    return [classify(entry) for entry in entries]


def folder_of(directory: Path) -> Folder:
    """The function that lists the folders below a directory, for `walk`."""

    def entries_of(path):
        try:
            with os.scandir(directory / path) as entries:
                return [_entry(path, entry) for entry in sorted(entries, key=_name)]
        except OSError:
            return None

    return entries_of


def _name(entry):
    return entry.name


def _entry(folder, entry):
    path = f"{folder}/{entry.name}" if folder else entry.name
    if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
        return Entry(path, is_folder=True)
    return Entry(path, _passed_over(entry))


def _passed_over(entry):
    why = formats.passed_over(entry.name)
    try:
        if not (entry.is_file() or entry.is_dir()) and Path(entry).stat():
            return formats.SPECIAL  # for a broken link, stat() raises before this
        if why is None and not entry.is_dir():
            with Path(entry).open("rb") as file:
                why = formats.passed_over(entry.name, file.read(formats.START))
    except OSError:  # a broken link or an unreadable file: the reader will report it
        pass
    return why or ""
