"""Pipes, devices and links: paths that are not regular files."""

import os
import re
import shutil
import stat
from pathlib import Path
from typing import BinaryIO

from image_compressor.errors import InputError

# Descriptors that this process has open. They may be regular files, which are then appended to.
OPEN = re.compile("/dev/(std(out|err)|fd/.*)|/proc/.*/fd/.*")
PIPE, DEVICE, DISK, SOCKET = "a pipe", "a device", "a disk", "a socket"
KINDS = {
    stat.S_IFIFO: PIPE,
    stat.S_IFCHR: DEVICE,
    stat.S_IFBLK: DISK,
    stat.S_IFSOCK: SOCKET,
}


def kind(path: Path) -> str | None:
    """The kind of a pipe, device or socket; None for files, directories and missing paths."""
    try:
        return KINDS.get(stat.S_IFMT(path.stat().st_mode))
    except OSError:
        return None


def is_stream(path: Path) -> bool:
    """Whether a path is a pipe, a device, or a file that this process has open."""
    return bool(OPEN.fullmatch(str(path.absolute()))) or kind(path) in (PIPE, DEVICE)


def pour(file: BinaryIO, path: Path) -> None:
    """Copies a whole file to a stream."""
    file.seek(0)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND), "wb") as stream:
        shutil.copyfileobj(file, stream)


def followed(path: Path) -> Path:
    """The target of a link, or the path itself. Raises InputError for a link to itself."""
    target = Path(os.path.realpath(path)) if path.is_symlink() else path
    if target.is_symlink():
        raise InputError(f"{path} is a link that leads to itself. Remove it, or choose another.")
    return target
