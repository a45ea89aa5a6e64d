"""Standard input and output as files, and lines for the user."""

import contextlib
import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from image_compressor import files
from image_compressor.errors import InputError
from image_compressor.file_kinds import is_stream

STANDARD = "-"
MANY_STORED, MANY_RAISED = 0.03, 0.1  # shares of the images that call for a warning


def standard_output(name: str) -> Path:
    """The path of an output, where `-` is standard output.

    Raises InputError for object storage, and for bytes that would end up on a terminal.
    """
    if name != STANDARD:
        return local(name)
    if sys.stdout.isatty():
        raise InputError("Bytes on a terminal help nobody. Add `> file`, or name a file after -o.")
    return Path("/dev/stdout")


def local(address: str) -> Path:
    """The path for an address. Raises InputError for an address of object storage."""
    if "://" in address:
        fix = "Only a set may be there: compress a directory with --partitions."
        raise InputError("a path on this machine, for a single file", address, fix)
    return Path(address)


@contextlib.contextmanager
def opened(address: str) -> Iterator[BinaryIO]:
    """An .imgc file, or the bytes from standard input, open for reading."""
    if address == STANDARD:
        yield io.BytesIO(sys.stdin.buffer.read())
        return
    path = local(address)
    files.check_readable(path)
    if not path.is_file():
        raise InputError("an existing .imgc file", path, "Name another.")
    with path.open("rb") as file:
        yield file


def warning(count: int, raised: int, stored: int) -> str:
    """A warning about a codec that many images do not suit, or ""."""
    unlike = stored / count > MANY_STORED, raised / count > MANY_RAISED
    if not any(unlike):
        return ""
    part = f"{stored / count:.0%} had to be stored as WebP, AVIF or PNG files"
    if not unlike[0]:
        part = f"{raised / count:.0%} needed a higher quality"
    return (
        f"warning: {part}. Either these images are not of the kind that this codec was trained on, "
        "or it was trained too briefly."
    )


def say(output: Path, text: str) -> None:
    """Prints a line about an output, on stderr if the output may be stdout."""
    name = STANDARD if str(output) == "/dev/stdout" else output
    print(f"{name}: {text}", file=sys.stderr if is_stream(output) else sys.stdout)
