"""The inputs of `compress` -> images and their names."""

import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from image_compressor import files
from image_compressor.cli.streams import STANDARD, local
from image_compressor.errors import InputError
from image_compressor.images import formats, safe_names
from image_compressor.images.finding import Found, find


class Gathered(NamedTuple):
    """Images to compress.

    Attributes:
        contents: each image's file, or its bytes.
        names: the names stored with them; None for a single image, which needs none.
        note: a line about files that were skipped or renamed, or "".
    """

    contents: list[Path | bytes]
    names: list[str] | None
    note: str


def gather(inputs: Sequence[str]) -> Gathered:
    """The images among the inputs: image files, directories, or `-` for standard input.

    The images of several inputs are named by their paths below the directory that they share.
    Raises InputError for an input that does not exist, and if there are no images.
    """
    if STANDARD in inputs:
        if len(inputs) > 1:
            raise InputError("one input, if it is standard input", len(inputs), "Leave out the -.")
        return Gathered([sys.stdin.buffer.read()], None, "")
    paths = [_existing(path) for path in inputs]
    if len(paths) == 1 and not paths[0].is_dir():
        return Gathered([paths[0]], None, "")
    found, folder = _several(paths) if len(paths) > 1 else (find(paths[0]), paths[0])
    contents: list[Path | bytes] = [folder / path for path in found.names.values()]
    return Gathered(contents, list(found.names), found.note())


def _existing(address: str) -> Path:
    """The path of an input on this machine. Raises InputError if nothing readable is there."""
    path = local(address)
    if not path.exists():
        fix = "Name an image, a directory or a .npy file."
        raise InputError("an existing input", path, fix)
    files.check_readable(path)
    return path


def _several(paths):
    """(the images of several inputs, the directory that they share)."""
    passed = Counter[str]()
    each = [path for given in paths for path in _images(given, passed)]
    if not each:
        fix = "Name images, or directories of images."
        raise InputError("at least one image", formats.summary(passed), fix)
    each = [Path(os.path.normpath(path.absolute())) for path in each]  # links stay
    twice = [path for path, count in Counter(each).items() if count > 1]
    if twice:
        raise InputError(f"The input {twice[0]} is given twice. Name it once.")
    shared = Path(os.path.commonpath([path.parent for path in each]))
    below = [path.relative_to(shared).as_posix() for path in each]
    return Found(dict(zip(safe_names.safe(below), below, strict=True)), passed), shared


def _images(path: Path, passed: Counter[str]) -> Iterator[Path]:
    """The images of an input that is one of several; counts other files, by reason."""
    if path.is_dir():
        found = find(path)
        passed.update(found.passed)
        yield from (path / name for name in found.names.values())
        return
    if path.suffix == ".npy":
        raise InputError(f"{path} is a stack of images, which needs a file of its own.")
    with path.open("rb") as file:
        reason = formats.passed_over(path.name, file.read(formats.START))
    if reason:
        passed[reason] += 1
    else:
        yield path
