"""Atomic writes: a file or directory appears complete, or not at all."""

import contextlib
import ctypes
import os
import shutil
import stat
import tempfile
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, cast

from image_compressor.errors import InputError
from image_compressor.file_kinds import followed, is_stream, kind, pour
from image_compressor.scratch import beside


def check_readable(path: Path) -> None:
    """Raises InputError for a pipe, a device or a socket, which might block for ever."""
    if what := kind(path):
        fix = "Save its content to a file, and name that file."
        raise InputError(f"{path} is {what}, but only files can be read here. {fix}")


def check_free(path: Path, force: bool = False) -> None:
    """Raises InputError if a file cannot be written to `path`, or exists there without `force`.

    Pipes and devices pass, because writing to them replaces nothing.
    """
    if not path.name or path.is_dir():
        raise InputError("an output file", f"the directory {path}", "Name a file.")
    if is_stream(path):
        return
    if what := kind(path):
        raise InputError(f"{path} is {what}. Choose another output.")
    if os.path.lexists(path) and not force:
        raise InputError(f"{path} exists already. Choose another output, or add --force.")
    target = followed(path)
    if target.exists() and not target.stat().st_mode & 0o222:
        raise InputError(f"{path} is read-only. Make it writable, or choose another output.")


def check_free_directory(path: Path, force: bool = False) -> None:
    """Raises InputError unless `path` is new or an empty directory; with `force`, any directory."""
    if not path.name or (os.path.lexists(path) and not path.is_dir()):
        raise InputError(f"The output {path} is not a directory. Choose another.")
    if path.is_dir() and any(path.iterdir()) and not force:
        fix = "Choose a new or empty output directory, or add --force."
        raise InputError(f"The output directory {path} contains files. {fix}")


def check_apart(output: Path, inputs: Iterable[Path]) -> None:
    """Raises InputError if `output` is one of the inputs, directly or through a link."""
    if output.exists() and not is_stream(output):
        for path in inputs:
            if path.exists() and output.samefile(path):
                raise InputError(f"The output {output} is also an input. Choose another output.")


@contextlib.contextmanager
def replace_file(path: Path, force: bool = False) -> Iterator[BinaryIO]:
    """A file, open for writing bytes, that replaces `path` when the block ends.

    After an error, `path` is unchanged. A link stays, and its target is replaced; mode and owner
    are kept; other hard links keep the old content. Pipes and devices are written to when the
    block ends. Raises InputError if `path` exists without `force`, even if it was created
    meanwhile.
    """
    check_free(path, force)
    if is_stream(path):
        with tempfile.TemporaryFile() as file:
            yield cast(BinaryIO, file)
            pour(file, path)
        return
    target = followed(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = beside(target)
    try:
        with scratch.open("x+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        check_free(path, force)
        _move(scratch, target)
    finally:
        scratch.unlink(missing_ok=True)


@contextlib.contextmanager
def replace_directory(path: Path) -> Iterator[Path]:
    """A scratch directory that replaces `path` when the block ends without an error.

    After an error, `path` is unchanged. A link stays, as do mode and owner. Raises InputError if
    `path` exists and is not a directory.
    """
    check_free_directory(path, force=True)
    path = followed(path)
    with _scratch_directory(path) as scratch:
        yield scratch
        check_free_directory(path, force=True)
        _keep_rights(path, scratch)
        _put(scratch, path)


@contextlib.contextmanager
def _scratch_directory(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = beside(path)
    scratch.mkdir()
    try:
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _put(scratch, path):
    """Moves a directory to `path`; an old one there ends up at `scratch`, or is removed."""
    with contextlib.suppress(OSError):  # succeeds only if `path` is free
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


def _exchanged(first, second):
    """Swaps two paths atomically, so that a reader always finds one; False if not supported."""
    try:
        rename = ctypes.CDLL(None).renameat2
    except (AttributeError, OSError, TypeError):  # not on Linux
        return False
    here, swap = -100, 2  # AT_FDCWD, RENAME_EXCHANGE
    return rename(here, os.fsencode(first), here, os.fsencode(second), swap) == 0


@contextlib.contextmanager
def add_to_directory(path: Path, inputs: Collection[Path] = ()) -> Iterator[Path]:
    """A scratch directory whose files move to the same relative paths below `path` at the end.

    Raises InputError, and moves nothing, if a directory is in the way of a file, a link in the
    way of a directory, or if one of the `inputs` would be overwritten.
    """
    path = followed(path)
    with _scratch_directory(path) as scratch:
        yield scratch
        names = [file.relative_to(scratch) for file in scratch.rglob("*") if file.is_file()]
        for name in names:
            _check_below(path, name.parent)
            check_free(path / name, force=True)
            check_apart(path / name, inputs)
            (path / name).parent.mkdir(parents=True, exist_ok=True)
        for name in names:
            _move(scratch / name, path / name)


def _check_below(path, below):
    """Raises InputError unless `path / below` is free, or a directory reached without a link."""
    directory = path
    for part in below.parts:
        directory /= part
        if directory.is_symlink() or (directory.exists() and not directory.is_dir()):
            raise InputError(f"{directory} is not a directory. Choose another output.")


def _move(scratch, path):
    """Moves a file to `path`, through a link to its target, or copies it to a pipe or device."""
    if is_stream(path):
        with scratch.open("rb") as file:
            pour(file, path)
        return
    path = followed(path)
    _keep_rights(path, scratch)
    scratch.replace(path)


def _keep_rights(path, scratch):
    """Copies the owner and mode of `path` to its replacement, as far as the system allows."""
    if not path.exists():
        return
    status = path.stat()
    for owner in ((-1, status.st_gid), (status.st_uid, -1)):
        with contextlib.suppress(OSError, AttributeError):  # Windows has no owners
            os.chown(scratch, *owner)
    with contextlib.suppress(OSError):  # not every file system has modes
        scratch.chmod(stat.S_IMODE(status.st_mode))
