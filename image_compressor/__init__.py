"""Train an image-compression codec on your own images, and use it.

from image_compressor import Codec
"""

from typing import TYPE_CHECKING, Any

from image_compressor.errors import InputError

if TYPE_CHECKING:
    from image_compressor.codec.codec import Codec

__all__ = ["Codec", "InputError"]


def __getattr__(name: str) -> Any:
    """Codec, once it is asked for: LiteRT and Pillow take longer to import than all else."""
    if name == "Codec":
        from image_compressor.codec.codec import Codec

        return Codec
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
