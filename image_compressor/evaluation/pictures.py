"""Pictures for comparing images by eye."""

import numpy as np
from PIL import Image

GAP, SCALE = 2, 2


def grid(originals: np.ndarray, reconstructions: np.ndarray, columns: int = 8) -> Image.Image:
    """Arranges pairs original | reconstruction, `columns` pairs per row, with white between them.

    Args:
        originals, reconstructions: uint8 [N, H, W, 1 or 3].
    """
    pairs = np.concatenate([originals, reconstructions], axis=2)
    count, height, width, channels = pairs.shape
    rows = -(-count // columns)
    cell = (height + GAP, width + GAP)
    sheet = np.full((rows * cell[0] + GAP, columns * cell[1] + GAP, channels), 255, np.uint8)
    for number, pair in enumerate(pairs):
        top, left = GAP + number // columns * cell[0], GAP + number % columns * cell[1]
        sheet[top : top + height, left : left + width] = pair
    enlarged = sheet.repeat(SCALE, axis=0).repeat(SCALE, axis=1)
    return Image.fromarray(enlarged[..., 0] if channels == 1 else enlarged)
