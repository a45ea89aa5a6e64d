"""uint8 arrays -> image files and .npy stacks."""

import io
import os
from collections.abc import Collection, Iterable
from contextlib import suppress
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from image_compressor import files
from image_compressor.errors import InputError
from image_compressor.file_kinds import is_stream
from image_compressor.images import formats
from image_compressor.images import metadata as of_files
from image_compressor.images.metadata import Metadata
from image_compressor.images.safe_names import LOSSLESS, file_names
from image_compressor.parallel import WORKERS, parallel_map

NONE = Metadata()


def check_image(path: Path, count: int, force: bool = False) -> None:
    """Raises InputError unless `count` images can be written to `path` as an image file.

    To a pipe or device, such as standard output, a PNG is written.
    """
    if formats.ending(_named(path)) not in LOSSLESS:
        fix = "Other formats would lose pixels."
        raise InputError(f"a file with the suffix {', '.join(LOSSLESS)}", path, fix)
    if count != 1:
        fix = "Name a directory or a .npy file."
        raise InputError("one image for one file", f"{count} images", fix)
    files.check_free(path, force)


def check_folder(path: Path) -> None:
    """Raises InputError for a directory with a name that says it is a file, such as a.zip."""
    if not path.is_dir() and formats.BESIDE.fullmatch(formats.ending(path.name)):
        kinds = f"a directory, a .npy file, or an image file ({', '.join(LOSSLESS)})"
        raise InputError(kinds, path, "Change its suffix.")


def write(path: Path, image: np.ndarray, force: bool = False, metadata: Metadata = NONE) -> None:
    """Writes uint8 [H, W] or [H, W, C] as an image file. Raises InputError if it exists."""
    with files.replace_file(path, force) as file:
        file.write(encoded(image, _named(path), metadata))
    if not is_stream(path):
        set_time(path, metadata)


def _named(path):
    """The name that decides the format of an image file."""
    return "image.png" if is_stream(path) else path.name


def write_stack(path: Path, count: int, stacks: Iterable[Any], force: bool = False) -> None:
    """Writes `count` uint8 images, which come in `stacks`, as one .npy file.

    Raises InputError if it exists, and for images of several sizes.
    """
    with files.replace_file(path, force) as file:
        for number, stack in enumerate(map(np.asarray, stacks)):
            if number == 0:
                header = np.lib.format.header_data_from_array_1_0(stack)
                header["shape"] = (count, *stack.shape[1:])
                np.lib.format.write_array_header_1_0(file, header)
            if stack.shape[1:] != header["shape"][1:]:
                received = f"{header['shape'][1:]} and {stack.shape[1:]}"
                raise InputError(f"images of one size for {path.name}", received, "Name a folder.")
            file.write(np.ascontiguousarray(stack).data)


def write_directory(
    directory: Path,
    names: Iterable[str],
    images: Iterable[np.ndarray],
    force: bool = False,
    inputs: Collection[Path] = (),
    ahead: int = 2 * WORKERS,
    metadata: Iterable[Metadata] | None = None,
) -> None:
    """Writes all images below `directory`, or none; it encodes `ahead` of them at a time.

    With `force`, the directory may contain files, and the others are kept. Raises InputError if
    it does without `force`, or if one of the `inputs` would be overwritten.
    """
    files.check_free_directory(directory, force)
    kept = directory.is_dir() and any(directory.iterdir())
    added = files.add_to_directory(directory, inputs)
    with added if kept else files.replace_directory(directory) as scratch:
        targets = _targets(scratch, names)
        described: Iterable[Metadata] = repeat(NONE) if metadata is None else metadata
        # Images come first in the zip, so damage is reported before many names are computed.
        pairs = zip(zip(images, targets, strict=True), described, strict=False)
        for _ in parallel_map(_write_one, pairs, ahead=ahead):
            pass


def _targets(directory, names):
    for name in file_names([*names]):
        yield directory / name


def _write_one(item):
    (image, path), metadata = item
    path.parent.mkdir(parents=True, exist_ok=True)  # not in advance: damage should show first
    path.write_bytes(encoded(image, path.name, metadata))
    set_time(path, metadata)


def set_time(path: Path, metadata: Metadata) -> None:
    """Gives a file the time in the metadata, if it has one that the file system can hold."""
    if metadata.time is not None:
        with suppress(OSError, OverflowError):
            os.utime(path, (metadata.time, metadata.time))


def encoded(image: np.ndarray, name: str, metadata: Metadata = NONE) -> bytes:
    """The image file for uint8 [H, W] or [H, W, C], in the format of the name's suffix.

    A PNG or WebP file contains the metadata too.
    """
    kind = formats.ENDINGS[formats.ending(name)]
    channels = image.shape[2] if image.ndim == 3 else 1
    return _encoded(image, kind, **of_files.options(metadata, kind, channels))


def png(image: np.ndarray, optimize: bool = False) -> bytes:
    """The PNG file for uint8 [H, W] or [H, W, C], as small as possible if `optimize`."""
    return _encoded(image, "PNG", optimize=optimize)


def _encoded(image, kind, **options):
    encoded = io.BytesIO()
    if kind == "WEBP":
        options |= {"lossless": True, "exact": True}
    picture = Image.fromarray(image[..., 0] if image.shape[2:] == (1,) else image)
    picture.save(encoded, kind, **options)
    return encoded.getvalue()
