"""Reads the bytes of an .imgc file: its fields, and parts for several threads and processes."""

import io
import os
import threading
import weakref
from pathlib import Path
from typing import Any, BinaryIO

from image_compressor.errors import DamagedFileError, InputError
from image_compressor.parallel import PerProcess

COMPARED = 64  # bytes at either end; an .imgc file ends with a checksum of its index


def damaged(what: str) -> DamagedFileError:
    """The error for a damaged or truncated file."""
    return DamagedFileError("a whole .imgc file", what, "It is damaged or truncated. Get it again.")


def varint(number: int) -> bytes:
    """A number in LEB128: 7 bits a byte, low first."""
    parts = bytearray()
    while number > 127:
        parts.append(number & 127 | 128)
        number >>= 7
    return bytes([*parts, number])


class Bytes:
    """Takes fields from the front of `data`, a part of a file of `length` bytes.

    Its methods raise InputError if the data ends too early.
    """

    def __init__(self, data: bytes, length: int):
        self.data, self.position, self.length = data, 0, length

    def take(self, length: int) -> bytes:
        """The next `length` bytes."""
        if length > len(self.data) - self.position:
            raise damaged(f"it ends too early, after {self.length} bytes")
        self.position += length
        return bytes(self.data[self.position - length : self.position])

    def byte(self) -> int:
        """The next byte."""
        return self.take(1)[0]

    def varint(self) -> int:
        """The next varint, of at most 42 bits."""
        number = 0
        for shift in range(0, 42, 7):
            byte = self.byte()
            number |= (byte & 127) << shift
            if byte < 128:
                return number
        raise damaged("a number of more than 42 bits")


class Positions:
    """Reads parts of a file, independently for each thread and process.

    It pickles as the path of a file on disk; for any other file, as all its bytes.

    Args:
        file: a file open for reading bytes; it stays open.

    Attributes:
        length: the file's length in bytes.
        start: its first bytes.

    Raises InputError for any other object.
    """

    def __init__(self, file: BinaryIO):
        self.file, self._lock, self._process = file, PerProcess(threading.Lock), os.getpid()
        try:
            self.length = file.seek(0, 2)
            file.seek(0)
            self.start = file.read(COMPARED)
        except (AttributeError, ValueError) as error:  # no file; closed, for writing, or a pipe
            raise InputError(
                "a seekable file, open for reading bytes",
                f"{type(file).__name__}: {error}",
                'Open it with open(path, "rb").',
            ) from None
        self._on_disk = self._is_on_disk()
        self._path = self._path_of(file)

    def __call__(self, position: int, size: int) -> bytes:
        """The bytes at a position. Raises InputError if the file was closed or truncated."""
        try:
            data = self._part(position, size)
        except (OSError, ValueError):
            if not getattr(self.file, "closed", False):
                raise
            raise InputError(
                "The file of this archive is closed. Read its images before you close it."
            ) from None
        if len(data) != size:
            raise damaged(f"{len(data)} of {size} bytes at {position:,}")
        return data

    def _part(self, position, size):
        if self._on_disk:
            return _whole_part(self.file.fileno(), position, size)
        if os.getpid() != self._process and not isinstance(self.file, io.BytesIO):
            raise InputError(
                "This file was opened in the parent process, which still moves its position. "
                "Open it again here."
            )
        with self._lock():
            self.file.seek(position)
            return self.file.read(size)

    def _is_on_disk(self):
        """Whether the descriptor gives the file's own bytes; that of a GzipFile does not."""
        try:
            number = self.file.fileno()
            same = os.fstat(number).st_size == self.length
            return same and hasattr(os, "pread") and os.pread(number, COMPARED, 0) == self.start
        except (AttributeError, OSError):
            return False

    def _path_of(self, file):
        name = getattr(file, "name", None)
        return Path(os.fsdecode(name)).absolute() if isinstance(name, str | bytes) else None

    def __reduce__(self) -> tuple[Any, ...]:
        if not self._on_disk or self._path is None:
            return _of_bytes, (self(0, self.length),)
        size = min(COMPARED, self.length)
        return _of_path, (self._path, self.length, self(self.length - size, size))


def _whole_part(descriptor, position, size):
    """A part of any size: a single system call reads at most 2 GiB."""
    parts = []
    while size and (part := os.pread(descriptor, size, position)):
        parts.append(part)
        position, size = position + len(part), size - len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _of_bytes(content):
    return Positions(io.BytesIO(content))


def _of_path(path, length, end):
    """Opens a pickled file again. Raises InputError if it was replaced or removed."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise InputError(
            f"The file {path} of a pickled archive cannot be opened: {error.strerror}. Put it back."
        ) from None
    positions = Positions(file)
    weakref.finalize(positions, file.close)
    if positions.length != length or positions(length - len(end), len(end)) != end:
        raise InputError(
            f"{path} has changed since the archive was pickled. Open the archive again."
        )
    return positions
