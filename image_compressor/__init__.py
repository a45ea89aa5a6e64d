"""Train an image-compression codec on your own images, and use it.

from image_compressor import Codec
"""

import importlib

TYPE_CHECKING = False  # importing `typing` would delay the handling of a first signal
if TYPE_CHECKING:
    from image_compressor.codec.archive import Archive
    from image_compressor.codec.codec import Codec
    from image_compressor.codec.writing import Written
    from image_compressor.errors import (
        DamagedFileError,
        ImageCompressorError,
        InputError,
        MachineError,
        Unreachable,
        WrongCodecError,
    )
    from image_compressor.sets.collection import Collection

    __version__: str

# Imported on first use, because LiteRT and Pillow are slow to import.
_MODULES = {
    "Archive": "codec.archive",
    "Codec": "codec.codec",
    "Collection": "sets.collection",
    "DamagedFileError": "errors",
    "ImageCompressorError": "errors",
    "InputError": "errors",
    "MachineError": "errors",
    "Unreachable": "errors",
    "Written": "codec.writing",
    "WrongCodecError": "errors",
}
__all__ = [
    "Archive",
    "Codec",
    "Collection",
    "DamagedFileError",
    "ImageCompressorError",
    "InputError",
    "MachineError",
    "Unreachable",
    "Written",
    "WrongCodecError",
    "__version__",
]


def __getattr__(name: str):
    """Imports a name on first use."""
    if name == "__version__":
        from importlib.metadata import version

        return version("image-compressor")
    if name in _MODULES:
        return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
