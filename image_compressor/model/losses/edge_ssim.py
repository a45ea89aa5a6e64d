"""Structural similarity in which the edges of images count as much as the rest."""

from keras import ops

from image_compressor.images.similarity import WINDOW
from image_compressor.model.losses.ssim import measure as ssim

MARGIN = WINDOW // 2


def measure(x, y, data_range=1.0):
    """`ssim.measure` of images that are continued by the reflection of MARGIN pixels on each side.

    In SSIM itself, the outermost pixels are in few windows, with small weights: a model that is
    trained for it spends few bits on them, and they come out 6 dB worse.

    Args:
        x, y, data_range: as for `ssim.measure`.

    Returns: float [N].
    """
    margins = [(0, 0), (MARGIN, MARGIN), (MARGIN, MARGIN), (0, 0)]
    x, y = (ops.pad(image, margins, "symmetric") for image in (x, y))
    return ssim(x, y, data_range)
