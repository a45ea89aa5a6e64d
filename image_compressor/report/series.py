"""How each codec is named and drawn, everywhere in the report."""

from collections.abc import Iterable
from dataclasses import dataclass

from image_compressor.evaluation.rivals import RIVALS, SHEET

OURS = "ours"


@dataclass(frozen=True)
class Series:
    """Of one codec.

    Attributes:
        title: its name for a reader.
        setting: what its setting is, as a format.
        marker: matplotlib's name of the shape of its points.
        light, dark: its colour on a white and on a black ground. Reds and greens differ in
            lightness too, and no two series have the same marker, for those who see fewer colours.
    """

    title: str
    setting: str
    marker: str
    light: str
    dark: str


SERIES = {
    OURS: Series("this codec", "quality {:g}", "o", "#0a66c2", "#6cb2ff"),
    "jpeg": Series(RIVALS["jpeg"].title, "quality {:g}", "s", "#6b7280", "#a8b0bb"),
    "jpeg-2000": Series(RIVALS["jpeg-2000"].title, "{:g} dB", "v", "#8f7a00", "#d9c24a"),
    "webp": Series(RIVALS["webp"].title, "quality {:g}", "^", "#12805c", "#45c998"),
    "avif": Series(RIVALS["avif"].title, "quality {:g}", "D", "#c2410c", "#ff9d66"),
    "jpeg-xl": Series(RIVALS["jpeg-xl"].title, "distance {:g}", "P", "#9d2f88", "#e690d6"),
}


def series(name: str) -> Series:
    """That of a curve: `ours`, or a rival's name, with or without "-sheet"."""
    base = name.removesuffix(SHEET)
    return SERIES.get(base) or Series(base, "setting {:g}", "X", "#44403c", "#d6d3d1")


def in_order(names: Iterable[str]) -> list[str]:
    """The names as SERIES has them, sheets after files, unknown ones last."""
    known = [*SERIES]

    def place(name):
        base = name.removesuffix(SHEET)
        return name.endswith(SHEET), known.index(base) if base in known else len(known), name

    return sorted(names, key=place)


def title(name: str) -> str:
    """For a reader; of a sheet with that it is one picture."""
    return series(name).title + (", one picture" if name.endswith(SHEET) else "")
