"""DVC as a command that replaces its files in one step: dvc.lock, and its list of who uses what.

DVC writes them in place. Killed while it does, it leaves half a file, which no command can read.
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
    """As DVC opens a file; one that it writes text to is `replaced`."""
    if encoding and mode.startswith("w"):
        return replaced(path, mode, encoding)
    return OPEN(fs, path, mode, encoding, **arguments)


@contextmanager
def replaced(path: str, mode: str, encoding: str) -> Iterator[IO[Any]]:
    """Opens a new file, which becomes that of the path at the end of the block."""
    new = Path(f".dvc/tmp/{os.getpid()}.new")
    with new.open(mode, encoding=encoding) as file:
        yield file
    new.replace(path)


if __name__ == "__main__":
    FsspecLocalFileSystem.open = opened
    sys.exit(main(sys.argv[1:]))
