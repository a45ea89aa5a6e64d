"""Files and directories that are there whole or not at all."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from image_compressor.errors import InputError


def check_free(path: Path, force: bool = False) -> None:
    """Raises InputError where `path` exists, unless `force`."""
    if path.exists() and not force:
        raise InputError(
            "an output that does not exist yet", path, "Choose another, or add --force."
        )


def write(path: Path, data: bytes, force: bool = False) -> None:
    """Writes a file: either all of `data` ends up at `path`, or what was there stays.

    Raises InputError where `path` exists and not `force`.
    """
    check_free(path, force)
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = _scratch(path)
    try:
        with scratch.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        check_free(path, force)
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


@contextlib.contextmanager
def replace_directory(path: Path) -> Iterator[Path]:
    """A scratch directory that takes the place of `path` when the block ends without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = _scratch(path)
    old = scratch.with_suffix(".old")
    scratch.mkdir()
    try:
        yield scratch
        if path.exists():
            path.replace(old)
        scratch.replace(path)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _scratch(path):
    """Beside `path`, so that a rename moves it there in one step."""
    return path.with_name(f".{path.name}.{os.getpid()}.new")
