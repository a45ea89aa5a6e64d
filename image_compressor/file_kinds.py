"""Pipes, devices and links, which may stand at a path in place of a file."""

import os
import re
import shutil
import stat
from pathlib import Path
from typing import BinaryIO

from image_compressor.errors import InputError

# What is open already: also a file, and then written on where it is.
OPEN = re.compile("/dev/(std(out|err)|fd/.*)|/proc/.*/fd/.*")
PIPE, DEVICE, DISK, SOCKET = "a pipe", "a device", "a disk", "a socket"
KINDS = {
    stat.S_IFIFO: PIPE,
    stat.S_IFCHR: DEVICE,
    stat.S_IFBLK: DISK,
    stat.S_IFSOCK: SOCKET,
}


def kind(path: Path) -> str | None:
    """Names a thing that is neither a file nor a directory; None for those and for nothing."""
    try:
        return KINDS.get(stat.S_IFMT(path.stat().st_mode))
    except OSError:
        return None


def is_stream(path: Path) -> bool:
    """Tells whether it is a pipe or a device, or a file that this process has open."""
    return bool(OPEN.fullmatch(str(path.absolute()))) or kind(path) in (PIPE, DEVICE)


def pour(file: BinaryIO, path: Path) -> None:
    """Writes all of a file into a stream."""
    file.seek(0)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND), "wb") as stream:
        shutil.copyfileobj(file, stream)


def followed(path: Path) -> Path:
    """Follows a link to its end. Raises InputError for one that leads nowhere but to itself."""
    place = Path(os.path.realpath(path)) if path.is_symlink() else path
    if place.is_symlink():
        raise InputError(f"{path} is a link that leads to itself. Remove it, or choose another.")
    return place
