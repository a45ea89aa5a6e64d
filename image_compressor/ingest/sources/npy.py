"""Images in a .npy file, [N, H, W] or [N, H, W, 1, 3 or 4], of bool, uint8 or uint16."""

from pathlib import Path

from image_compressor.data.source import Source, SourceImage
from image_compressor.errors import InputError
from image_compressor.images.stack import Stack


def images(path: Path) -> Source:
    """Reads a stack of images. Raises InputError if the file has another array."""
    stack = Stack(path)
    whole = stack.ndim == 3 or (stack.ndim == 4 and stack.shape[3] in (1, 3, 4))
    if not whole or stack.dtype not in ("bool", "uint8", "uint16"):
        raise InputError(
            "[N, H, W] or [N, H, W, 1, 3 or 4] of bool, uint8 or uint16",
            f"{path} with {stack.shape} of {stack.dtype}",
            "Save the array in one of these forms.",
        )

    def read():
        for number, pixels in enumerate(stack):
            yield SourceImage(f"{number:08}.png", pixels)

    return Source(read, len(stack))
