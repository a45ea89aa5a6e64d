"""Image files <-> uint8 arrays, for the command line."""

import io
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from image_compressor import files
from image_compressor.codec import decoding
from image_compressor.codec.batches import LARGEST_IMAGE, check_pixels
from image_compressor.codec.parallel import WORKERS, ordered
from image_compressor.codec.policy import Policy
from image_compressor.errors import InputError
from image_compressor.images import formats
from image_compressor.images.colour import other_than_srgb
from image_compressor.images.formats import FORMATS
from image_compressor.images.safe_names import LOSSLESS, file_names

if TYPE_CHECKING:
    from image_compressor.codec.codec import Codec

# What to do about a file, by the kind of reason that it cannot be used.
FIXES = {
    "too large": "Scale it down, or cut it up.",
    "several frames": "Save the frame that you want as a file of its own.",
    "unreadable": "Check its permissions, and what it leads to where it is a link.",
    "not a file": "Name what it leads to, or put its images here.",
}
# Pillow modes that hold what a codec of so many channels keeps.
MODES = {1: ("L", "1"), 3: ("RGB",)}


def read(
    content: Path | bytes,
    shape: tuple[Any, ...],
    name: object = None,
    policy: Policy | None = None,
) -> np.ndarray:
    """An image file as uint8 [H, W], or [H, W, 3] for a codec of colour.

    Args:
        content: the file, or its bytes.
        shape: (H, W, C) of the codec; (None, None, C) for any size.
        name: of the image, for errors; without it the file's.
        policy: of the codec: whether --fit is worth advising.

    Raises InputError for a file that is no image or damaged, and for an image of another size
    or with more than the codec keeps: mode, transparency, 16 bits, several frames, a rotation, a
    colour profile other than sRGB.
    """
    path = name or content
    try:
        with decoding.opened(content) as picture:
            _check(path, picture, shape, policy)
            return picture.pixels()
    except decoding.Unusable as error:
        raise _unusable(path, error) from None


def fitted(
    content: Path | bytes | np.ndarray,
    policy: Policy,
    shape: tuple[Any, ...],
    name: object,
    smallest: int = 1,
) -> np.ndarray:
    """An image of any kind and size as uint8 [H, W, C], as `decoding` and the policy have it.

    Args:
        content: as for `decoding.read`.
        shape: (H, W, C) of the codec.
        name: of the image, for errors.
        smallest: length of a side.

    Raises InputError for a file that is no whole image, and where the policy leaves another size.
    """
    try:
        most = decoding.MANY_PIXELS if shape[0] else LARGEST_IMAGE
        pixels = policy.apply(decoding.read(content, most, smallest=smallest))
    except decoding.Unusable as error:
        raise _unusable(name, error) from None
    if shape[0] is not None and pixels.shape != shape:
        raise InputError(
            f"an image of {shape[1]}x{shape[0]} pixels: the codec's policy is {policy.fit}",
            f"{name} of {pixels.shape[1]}x{pixels.shape[0]}",
            "Resize or crop it, or train a codec with another preprocess.fit.",
        )
    return pixels


def taken(codec: "Codec", content: Path | bytes, name: object, fit: bool) -> np.ndarray:
    """An image file as the codec takes it: `fitted` where that is asked for, else `read`."""
    shape = tuple(codec.networks.image_shape)
    if fit:
        return fitted(content, codec.policy, shape, name)
    return read(content, shape, name, codec.policy)


def _unusable(name, error):
    """The reason in the words of the command line."""
    kind, _, found = str(error).partition(": ")
    if kind == "not an image":
        expected, fix = f"an image file ({', '.join(FORMATS)})", "Remove it, or name another input."
        return InputError(expected, f"{name}, not an image", fix)
    if kind in ("damaged", "empty"):
        return InputError("a whole image file", f"{name}: {kind}: {found}", "Get it again.")
    fix = FIXES.get(kind, "Leave it out, or save it as 8 bits a channel in sRGB.")
    return InputError("an image that can be used", f"{name}: {error}", fix)


def _check(path, picture, shape, policy):
    height, width, channels = shape
    if height is None:
        check_pixels(*picture.size[::-1])
    elif picture.size != (width, height):
        scaled = policy is not None and policy.size
        how = f"Add --fit, which makes it so ({policy.fit})" if scaled else "Resize or crop it"
        raise InputError(
            f"an image of {width}x{height} pixels, the codec's size",
            f"{path} of {picture.size[0]}x{picture.size[1]}",
            f"{how}, or train a codec for its size.",
        )
    profile = other_than_srgb(picture.profile, channels)
    more = {
        f"mode {picture.mode}": picture.mode not in MODES[channels],
        "transparency": picture.transparent,
        "16 bits a channel": picture.deep,
        "several frames": picture.frames > 1,
        "a rotation in its EXIF": picture.orientation != 1,
        f"a colour profile, {profile}": profile is not None,
    }
    fix = "Add --fit, or convert it: the codec would not keep that."
    if picture.frames > 1 and picture.kind not in decoding.FIRST_OF_MANY:
        fix = FIXES["several frames"]
    for what, there in more.items():
        if there:
            raise InputError(
                f"an image of mode {' or '.join(MODES[channels])} (Pillow's names) and no more",
                f"{path} with {what}",
                fix,
            )


def check_image(path: Path, count: int, force: bool = False) -> None:
    """Raises InputError unless `count` images can be written to `path` as an image file."""
    if path.suffix.lower() not in LOSSLESS:
        raise InputError(f"an ending of {', '.join(LOSSLESS)}", path, "Others would lose pixels.")
    if count != 1:
        raise InputError("one image for one file", count, "Name a directory or a .npy file.")
    files.check_free(path, force)


def write(path: Path, image: np.ndarray, force: bool = False) -> None:
    """A uint8 [H, W] or [H, W, C] as an image file. Raises InputError where it exists."""
    with files.replace_file(path, force) as file:
        file.write(_encoded(image, _kind(path)))


def write_stack(path: Path, count: int, stacks: Iterable[Any], force: bool = False) -> None:
    """`count` uint8 images, which come in `stacks`, as one .npy file.

    Raises InputError where it exists, and for images of several sizes.
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
) -> None:
    """Each image below `directory`, all of them or none; `ahead` of them at a time.

    Raises InputError where the directory has files, unless `force`: then others are kept; and
    where one of the `inputs` would be overwritten.
    """
    files.check_free_directory(directory, force)
    kept = directory.is_dir() and any(directory.iterdir())
    added = files.add_to_directory(directory, inputs)
    with added if kept else files.replace_directory(directory) as scratch:
        targets = _targets(scratch, names)
        # Images first: that they are damaged is told before many names take their time.
        for _ in ordered(_write_one, zip(images, targets, strict=True), ahead=ahead):
            pass


def _targets(directory, names):
    for name in file_names([*names]):
        yield directory / name


def _write_one(target):
    image, path = target
    path.parent.mkdir(parents=True, exist_ok=True)  # here, lest damage is seen after all folders
    path.write_bytes(encoded(image, path.name))


def encoded(image: np.ndarray, name: str) -> bytes:
    """A uint8 [H, W] or [H, W, C] as an image file of this name, which has an ending."""
    return _encoded(image, _kind(Path(name)))


def _kind(path):
    return formats.ENDINGS[path.suffix.lower()]


def png(image: np.ndarray, optimize: bool = False) -> bytes:
    """A uint8 [H, W] or [H, W, C] as a PNG file, as small as can be if `optimize`."""
    return _encoded(image, "PNG", optimize=optimize)


def _encoded(image, kind, **options):
    encoded = io.BytesIO()
    picture = Image.fromarray(image[..., 0] if image.shape[2:] == (1,) else image)
    picture.save(encoded, kind, **options)
    return encoded.getvalue()
