"""Train an image-compression codec on your own images, and use it.

from image_compressor import Codec
"""

TYPE_CHECKING = False  # importing `typing` would delay the handling of a first signal
if TYPE_CHECKING:
    from image_compressor.codec.codec import Codec
    from image_compressor.errors import InputError

__all__ = ["Codec", "InputError"]


def __getattr__(name: str):
    """Imports a name on first use, because LiteRT and Pillow are slow to import."""
    if name == "Codec":
        from image_compressor.codec.codec import Codec

        return Codec
    if name == "InputError":
        from image_compressor.errors import InputError

        return InputError
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
