"""Image files <-> uint8 arrays, for the command line."""

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, UnidentifiedImageError

from image_compressor import files
from image_compressor.errors import InputError

LOSSLESS = (".png", ".bmp", ".tif", ".tiff")
# Pillow modes that hold what a codec of so many channels keeps, and nothing more.
MODES = {1: ("L", "1"), 3: ("RGB",)}


def read(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """An image file as uint8 [H, W], or [H, W, 3] for a codec of colour.

    Args:
        shape: (H, W, C) of the codec.

    Raises InputError for a file that is no image, is damaged, or has another size or mode.
    """
    height, width, channels = shape
    try:
        with Image.open(path) as image:
            if (image.height, image.width) != (height, width):
                raise InputError(
                    f"an image of {width}x{height} pixels, the codec's size",
                    f"{path} of {image.width}x{image.height}",
                    "Resize or crop it, or train a codec for its size.",
                )
            if image.mode not in MODES[channels]:
                raise InputError(
                    f"an image of mode {' or '.join(MODES[channels])} (Pillow's names)",
                    f"{path} of mode {image.mode}",
                    "Convert it: the codec would lose what the mode adds.",
                )
            return np.asarray(image.convert(MODES[channels][0]))
    except (UnidentifiedImageError, Image.DecompressionBombError):
        raise InputError("an image file", path, "Remove it, or name another input.") from None
    except (OSError, SyntaxError) as error:
        raise InputError("a whole image file", f"{path}: {error}", "Get it again.") from None


def read_stack(path: Path) -> np.ndarray:
    """An array from a .npy file, of any form: `Codec.compress` checks it."""
    try:
        return np.load(path, allow_pickle=False)
    except (ValueError, EOFError) as error:
        raise InputError(
            "a .npy file of uint8 [N, H, W] or [N, H, W, C]", f"{path}: {error}", "Save it again."
        ) from None


def find(directory: Path) -> list[str]:
    """Paths of the files below a directory, relative, with "/", sorted. Hidden ones are left out.

    Raises InputError where there are none.
    """
    paths = (path.relative_to(directory) for path in directory.rglob("*") if path.is_file())
    names = sorted(path.as_posix() for path in paths if path.name[0] != ".")
    if not names:
        raise InputError("a directory with images", f"{directory} has no files", "Name another.")
    return names


def write(path: Path, image: np.ndarray, force: bool = False) -> None:
    """A uint8 [H, W] or [H, W, C] as an image file, in the format that the path's ending names.

    Raises InputError where it exists and not `force`, or the ending names no image format.
    """
    picture = Image.fromarray(image[..., 0] if image.shape[2:] == (1,) else image)
    encoded = io.BytesIO()
    kind = Image.registered_extensions().get(path.suffix.lower())
    if kind not in Image.SAVE:
        raise InputError("an ending of an image format, as .png", path, "Choose such an output.")
    picture.save(encoded, kind)
    files.write(path, encoded.getvalue(), force)


def write_stack(path: Path, images: Any, force: bool = False) -> None:
    """Arrays of one shape as a .npy file."""
    encoded = io.BytesIO()
    np.save(encoded, np.asarray(images))
    files.write(path, encoded.getvalue(), force)


def write_directory(
    directory: Path, names: Iterable[str], images: Iterable[np.ndarray], force: bool = False
) -> None:
    """Each image below `directory`; a name whose format would lose pixels gets .png added.

    A directory that does not exist yet appears whole, at the end.
    Raises InputError where it exists and is not empty, unless `force`.
    """
    targets = [name if name.lower().endswith(LOSSLESS) else f"{name}.png" for name in names]
    if len({target.lower() for target in targets}) != len(targets):
        raise InputError(
            "names that differ, also as files", "some are the same", "Decompress to a .npy."
        )
    if directory.is_dir() and any(directory.iterdir()):
        files.check_free(directory, force)
        for target, image in zip(targets, images, strict=True):
            write(directory / target, image, force)
        return
    with files.replace_directory(directory) as scratch:
        for target, image in zip(targets, images, strict=True):
            write(scratch / target, image)
