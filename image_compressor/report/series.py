"""Names, colours and markers of the codecs, the same everywhere in the report."""

from collections.abc import Iterable
from dataclasses import dataclass

from image_compressor.evaluation.rivals import RIVALS, SHEET

OURS = "ours"


@dataclass(frozen=True)
class Series:
    """Look of one codec.

    Attributes:
        title: its name for a reader.
        setting: format string for its setting.
        marker: matplotlib's name for the shape of its points.
        light, dark: its colour on a white and on a black background. For colour-blind readers, reds
            and greens differ in lightness too, and no two series have the same marker.
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
    """Returns the look of a curve: `ours`, or a rival's name, with or without "-sheet"."""
    base = name.removesuffix(SHEET)
    return SERIES.get(base) or Series(base, "setting {:g}", "X", "#44403c", "#d6d3d1")


def ordered(names: Iterable[str]) -> list[str]:
    """Sorts names as in SERIES, unknown ones last, and sheets after files."""
    known = [*SERIES]

    def position(name):
        base = name.removesuffix(SHEET)
        return name.endswith(SHEET), known.index(base) if base in known else len(known), name

    return sorted(names, key=position)


def title(name: str) -> str:
    """Returns a curve's name for a reader, marked as one picture if it is a sheet."""
    return series(name).title + (", one picture" if name.endswith(SHEET) else "")
