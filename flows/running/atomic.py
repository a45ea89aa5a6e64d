"""Runs DVC so that it replaces its files (dvc.lock, its list of users) in one step.

DVC writes them in place: if it is killed meanwhile, it leaves a truncated file that no DVC command
can read.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from dvc.cli import main
from dvc_objects.fs.local import FsspecLocalFileSystem

OPEN = FsspecLocalFileSystem.open


def opened(fs: Any, path: str, mode: str = "r", encoding: str | None = None, **arguments: Any):
    """Opens a file like DVC, except that a text file being written is `replaced`."""
    if encoding and mode.startswith("w"):
        return replaced(path, mode, encoding)
    return OPEN(fs, path, mode, encoding, **arguments)


@contextmanager
def replaced(path: str, mode: str, encoding: str) -> Iterator[IO[Any]]:
    """Opens a new file, which replaces the one at `path` at the end of the block."""
    new = Path(f".dvc/tmp/{os.getpid()}.new")
    with new.open(mode, encoding=encoding) as file:
        yield file
    new.replace(path)


if __name__ == "__main__":
    FsspecLocalFileSystem.open = opened
    sys.exit(main(sys.argv[1:]))
