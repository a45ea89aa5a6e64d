"""Drawing of a network."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from image_compressor.report.complexity import Layer
from image_compressor.report.series import OURS, series
from image_compressor.report.svg import QUIET, STYLE, TEXT

CELL = (0.95, 2.1)  # inches per block
WIDE, NARROW = 12, 4  # blocks per row, at most
COLOUR = series(OURS).light


@dataclass(frozen=True)
class Block:
    """Drawn block for a layer's output."""

    title: str
    lines: tuple[str, ...]
    shape: tuple[int, ...]
    latent: bool = False


def draw(
    image_shape: tuple[int, ...],
    encoder: Sequence[Layer],
    decoder: Sequence[Layer],
    columns: int = WIDE,
) -> Figure:
    """Draws a block for the image and for each layer with parameters or a new shape.

    The height of a feature map is relative to the image, that of a vector is the logarithm of its
    length; wider blocks have more channels. Rows read from left to right.
    """
    blocks = _blocks(image_shape, encoder, decoder)
    rows = math.ceil(len(blocks) / columns)
    columns = math.ceil(len(blocks) / rows)
    with rc_context(STYLE):
        figure = Figure((columns * CELL[0], rows * CELL[1]))
        axes = figure.add_subplot()
        axes.set(xlim=(0, columns), ylim=(-rows, 0))
        axes.axis("off")
        longest = max(math.prod(block.shape) for block in blocks)
        for number, block in enumerate(blocks):
            row, column = divmod(number, columns)
            last = number == len(blocks) - 1
            _draw(axes, block, column + 0.5, -row - 0.32, image_shape, longest)
            if not last and column < columns - 1:
                _arrow(axes, column + 1, -row - 0.32)
    return figure


def count(number: float) -> str:
    """Formats a number, e.g. 12, 3.4 k or 1.25 M."""
    for size, unit in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if number >= 0.9995 * size:
            return f"{number / size:.3g}{unit}"
    return f"{number:g}"


def dimensions(shape: tuple[int, ...]) -> str:
    """Formats a shape, e.g. 14x14x20; None stands for any size."""
    return "different sizes" if None in shape else "x".join(map(str, shape))


def _blocks(image_shape, encoder, decoder):
    blocks, before = [Block("image", (), image_shape)], image_shape
    for number, layer in enumerate([*encoder, *decoder], 1):
        latent = number == len(encoder)
        if layer.parameters or layer.shape != before or latent:
            lines = (f"{count(layer.parameters)} par.", f"{count(layer.macs)} MACs")
            name = "latents" if latent else re.sub(r"2D(?=Transpose)", "2D\n", layer.kind)
            blocks.append(Block(name, lines if layer.parameters else (), layer.shape, latent))
        before = layer.shape
    return blocks


def _draw(axes: Axes, block, x, y, image_shape, longest):
    """Draws a block centred at (x, y), with its text below."""
    if len(block.shape) == 3:
        height = 0.48 * max(0.14, block.shape[0] / image_shape[0])
        width = 0.1 + 0.045 * math.log2(block.shape[2])
        depth = 0.16 * height
    else:
        height = 0.48 * math.log2(1 + math.prod(block.shape)) / math.log2(1 + longest)
        width, depth = 0.1, 0
    left, low = x - width / 2 - depth / 2, y - height / 2 - depth / 2
    faces = {
        "front": [(0, 0), (width, 0), (width, height), (0, height)],
        "top": [
            (0, height),
            (width, height),
            (width + depth, height + depth),
            (depth, height + depth),
        ],
        "side": [
            (width, 0),
            (width + depth, depth),
            (width + depth, height + depth),
            (width, height),
        ],
    }
    for face, alpha in (("front", 0.28), ("top", 0.14), ("side", 0.5)):
        corners = [(left + right, low + up) for right, up in faces[face]]
        solid = 1 if block.latent else alpha
        axes.add_patch(Polygon(corners, facecolor=(COLOUR, solid), edgecolor=COLOUR))
    axes.text(x, y - 0.33, block.title, ha="center", va="top", color=TEXT, weight="bold", size=7.5)
    down = y - 0.33 - 0.075 * (1 + block.title.count("\n"))
    lines = "\n".join((dimensions(block.shape), *block.lines))
    axes.text(x, down, lines, ha="center", va="top", color=QUIET, size=7.5)


def _arrow(axes, x, y):
    style = {"arrowstyle": "->", "color": QUIET, "linewidth": 1}
    axes.annotate("", (x + 0.1, y), (x - 0.1, y), arrowprops=style)
