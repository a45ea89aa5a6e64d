"""Pictures for comparing images by eye."""

import numpy as np
from PIL import Image

from image_compressor.images.groups import Group, centre

GAP, SCALE = 2, 2
SIDE = 256  # pixels; of larger images, the centre is shown


def grid(originals: Group, reconstructions: Group, columns: int = 8) -> Image.Image:
    """Arranges pairs original | reconstruction, `columns` pairs per row, with white between them.

    Args:
        originals, reconstructions: uint8 images [H, W, 1 or 3].
    """
    pairs = [
        np.concatenate([centre(image, SIDE, SIDE) for image in both], axis=1)
        for both in zip(originals, reconstructions, strict=True)
    ]
    height, width, channels = np.max([pair.shape for pair in pairs], axis=0)
    rows = -(-len(pairs) // columns)
    cell = (height + GAP, width + GAP)
    sheet = np.full((rows * cell[0] + GAP, columns * cell[1] + GAP, channels), 255, np.uint8)
    for number, pair in enumerate(pairs):
        top, left = GAP + number // columns * cell[0], GAP + number % columns * cell[1]
        sheet[top : top + pair.shape[0], left : left + pair.shape[1]] = pair
    enlarged = sheet.repeat(SCALE, axis=0).repeat(SCALE, axis=1)
    return Image.fromarray(enlarged[..., 0] if channels == 1 else enlarged)
