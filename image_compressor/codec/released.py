"""Codecs that come with the package, by name."""

from pathlib import Path

from image_compressor.errors import InputError

_PACKAGE = Path(__file__).parents[1]
# In an installed package, and in a checkout.
PLACES = (_PACKAGE / "released", _PACKAGE.parent / "models" / "released")


def find(codec: str | Path) -> Path:
    """The directory of a codec: that of a released one if `codec` is its name, else itself.

    "digits" is the released one, "./digits" a directory of the caller's. Raises InputError for
    what is neither a str nor a Path.
    """
    if not isinstance(codec, str | Path):
        raise InputError("a codec's name or directory", repr(codec)[:80], "Give a str or a Path.")
    if isinstance(codec, str) and codec in names():
        return next(place / codec for place in PLACES if (place / codec).is_dir())
    return Path(codec)


def names() -> list[str]:
    """Those of the released codecs."""
    return sorted({path.name for place in PLACES for path in place.glob("*/")})
