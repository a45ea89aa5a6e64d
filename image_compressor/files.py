"""Files and directories that are there whole or not at all."""

import contextlib
import ctypes
import glob
import itertools
import os
import platform
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from image_compressor.errors import InputError

# Whose a scratch place is: hosts may share a disk, and after a restart of a container the next
# process has the number of the one before.
HOST, LIFE = platform.node().partition(".")[0].replace("-", "_"), secrets.token_hex(4)
COUNT = itertools.count()
_begun: list[Path] = []  # scratch places of this process


def check_free(path: Path, force: bool = False) -> None:
    """Raises InputError where a file cannot be written to `path`: it exists, unless `force`."""
    if not path.name or path.is_dir():
        raise InputError("an output file", f"the directory {path}", "Name a file.")
    if os.path.lexists(path) and not force:
        raise InputError("a new output", f"{path}, which exists", "Choose another, or add --force.")


def check_free_directory(path: Path, force: bool = False) -> None:
    """Raises InputError unless `path` is new or an empty directory, or one and `force`."""
    if not path.name or (os.path.lexists(path) and (path.is_symlink() or not path.is_dir())):
        raise InputError("an output directory", f"{path}, which is none", "Choose another.")
    if path.is_dir() and any(path.iterdir()) and not force:
        raise InputError(
            "a new or empty output directory",
            f"{path} with files",
            "Choose another, or add --force.",
        )


@contextlib.contextmanager
def replace_file(path: Path, force: bool = False) -> Iterator[BinaryIO]:
    """A file, open for writing bytes, that takes the place of `path` when the block ends.

    After an error what was at `path` is as it was. Raises InputError where it exists and not
    `force`, also when it came to exist meanwhile.
    """
    check_free(path, force)
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = _scratch(path)
    try:
        with scratch.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        check_free(path, force)
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


@contextlib.contextmanager
def replace_directory(path: Path) -> Iterator[Path]:
    """A scratch directory that takes the place of `path` when the block ends without an error.

    After an error `path` is as it was. Raises InputError where `path` is no directory.
    """
    check_free_directory(path, force=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = _scratch(path)
    scratch.mkdir()
    try:
        yield scratch
        check_free_directory(path, force=True)
        _put(scratch, path)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _put(scratch, path):
    """Moves a directory to `path`; of one that is there, `scratch` is the place now, or nothing."""
    with contextlib.suppress(OSError):  # where none is there
        scratch.replace(path)
        return
    if _exchanged(scratch, path):
        return
    old = scratch.with_suffix(".old")
    path.replace(old)
    try:
        scratch.replace(path)
    except OSError:
        old.replace(path)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _exchanged(one, other):
    """Swaps two places in one step, so that a reader always finds one, where the system can."""
    try:
        rename = ctypes.CDLL(None).renameat2
    except (AttributeError, OSError, TypeError):  # not on Linux
        return False
    here, swap = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    return rename(here, os.fsencode(one), here, os.fsencode(other), swap) == 0


@contextlib.contextmanager
def add_to_directory(path: Path) -> Iterator[Path]:
    """A scratch directory whose files move to the same places below `path` at the end.

    Raises InputError, and moves none, where a directory stands in the place of one, or a link in
    the place of a directory.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = _scratch(path)
    scratch.mkdir()
    try:
        yield scratch
        names = [file.relative_to(scratch) for file in scratch.rglob("*") if file.is_file()]
        for name in names:
            _check_below(path, name.parent)
            check_free(path / name, force=True)
            (path / name).parent.mkdir(parents=True, exist_ok=True)
        for name in names:
            (scratch / name).replace(path / name)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _check_below(path, below):
    """Raises InputError unless `path / below` is a directory in `path`, or there is nothing."""
    place = path
    for part in below.parts:
        place /= part
        if place.is_symlink() or (place.exists() and not place.is_dir()):
            raise InputError("a directory", f"{place}, which is none", "Choose another output.")


def _clear(path):
    """Removes what processes that were killed left beside `path`, and takes back what was there."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.*"):
        if left.suffix in (".new", ".old") and not _lives(left.suffixes[-2][1:]):
            if left.suffix == ".old" and not path.exists():
                left.replace(path)
            elif left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)


def _lives(owner):
    """May the process of a scratch place still run? On other hosts and on Windows it may."""
    host, pid, life = (*owner.split("-"), "", "", "")[:3]
    if host != HOST or not pid.isdecimal() or os.name != "posix":
        return True
    if int(pid) == os.getpid():
        return life == LIFE
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True


def _scratch(path):
    """Beside `path`, so that a rename moves it there in one step; what others left is cleared."""
    _clear(path)
    owner = f"{HOST}-{os.getpid()}-{LIFE}-{next(COUNT)}"
    _begun.append(path.with_name(f".{path.name}.{owner}.new"))
    return _begun[-1]


def abandon() -> None:
    """Removes the scratch places of this process, for one that ends without its `finally`."""
    for left in _begun:
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)
