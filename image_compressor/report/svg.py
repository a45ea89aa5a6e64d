"""Matplotlib figures as files, and as inline SVG for a page with light and dark themes."""

import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from matplotlib import rc_context
from matplotlib.figure import Figure

from image_compressor.report.series import SERIES

SVG, XLINK = "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"
TEXT, QUIET, LINE, GROUND = "#1b1f24", "#5b6470", "#d9dce1", "#ffffff"
# The CSS variable, of web/style.css or of a series, that replaces each colour in a page.
VARIABLES = {TEXT: "text", QUIET: "quiet", LINE: "line", GROUND: "ground"} | {
    series.light: name for name, series in SERIES.items()
}
STYLE: Any = {  # matplotlib's type is a Literal of all its names
    "font.size": 9,
    "text.color": TEXT,
    "axes.labelcolor": QUIET,
    "axes.edgecolor": LINE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.titlelocation": "left",
    "axes.titlesize": 9,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": QUIET,
    "ytick.labelcolor": QUIET,
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
    # Keep text as text, and give the same bytes for the same figure.
    "svg.fonttype": "none",
    "svg.hashsalt": "image-compressor",
}


def save(figure: Figure, path: Path) -> None:
    """Saves a figure as .svg or .png, on white."""
    metadata = {"Date": None} if path.suffix == ".svg" else {"Software": None}
    with rc_context(STYLE):
        figure.savefig(path, dpi=160, facecolor=GROUND, metadata=metadata)


def inline(figure: Figure, points: Mapping[str, str], label: str) -> str:
    """Returns an <svg> with a transparent background and the page's colours as CSS variables.

    Args:
        points: the text of each point, by its gid. Points get it as `aria-label`, can be focused,
            and the first of each series is a tab stop.
        label: description of the whole figure.
    """
    file = io.BytesIO()
    with rc_context(STYLE):
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})
    root = ElementTree.fromstring(file.getvalue())
    role = "group" if points else "img"
    root.attrib = {"viewBox": root.attrib["viewBox"], "role": role, "aria-label": label}
    for metadata in root.findall(f"{{{SVG}}}metadata"):
        root.remove(metadata)
    for element in root.iter():
        gid = element.get("id", "")
        parts = gid.split(":")  # a point's size, kind, series and number, or a line's size and kind
        if gid in points:
            element.attrib = {
                "id": gid,
                "class": f"point {parts[1]}",
                "role": "img",
                "aria-label": points[gid],
                "tabindex": "0" if parts[3] == "0" else "-1",
            }
        elif len(parts) > 1:
            element.attrib = {"class": parts[1]}
        elif element.tag == f"{{{SVG}}}g":
            element.attrib.pop("id", None)
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("xlink", XLINK)
    return _themed(ElementTree.tostring(root, "unicode"))


def _themed(text):
    def variable(match):
        name = VARIABLES.get(match[0].lower())
        return f"var(--{name})" if name else match[0]

    # The page sets the font family.
    text = re.sub(r"font: ([\d.]+px) [^;\"]+", r"font-size: \1", text)
    return re.sub(r"#[0-9a-fA-F]{6}\b", variable, text)
