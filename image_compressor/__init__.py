"""Train an image-compression codec on your own images, and use it.

from image_compressor import Codec
"""

TYPE_CHECKING = False  # for type checkers; `typing` takes longer to import than a signal may
if TYPE_CHECKING:
    from image_compressor.codec.codec import Codec
    from image_compressor.errors import InputError

__all__ = ["Codec", "InputError"]


def __getattr__(name: str):
    """Imports a name when it is asked for: LiteRT and Pillow take most of the time."""
    if name == "Codec":
        from image_compressor.codec.codec import Codec

        return Codec
    if name == "InputError":
        from image_compressor.errors import InputError

        return InputError
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
