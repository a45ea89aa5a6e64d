"""Draws docs/digits.png: test digits, as the exported codec and as JPEG XL decode them.

    python -m benchmarks.picture

JPEG XL is at the coarsest distance that reaches the codec's mean SSIM over the test split, each
image a file of its own, and also, printed only, all in one sheet, which suits it better. The
bytes of one image are what the codec's tables charge in an archive (the file of a single image
has 25 more), and of JPEG XL its file.
"""

from pathlib import Path

import imagecodecs
import numpy as np
from PIL import Image, ImageDraw

from image_compressor import Codec
from image_compressor.data import datasets, splits
from image_compressor.evaluation.measures import evaluate
from image_compressor.model.metrics import ssim

COUNT, SCALE, MARGIN, LABEL = 10, 3, 6, 16
ACROSS = 20
OUTPUT = Path("docs/digits.png")


def main() -> None:
    images = datasets.array(Path("data/prepared"), splits.TEST)
    ours = evaluate(Codec.load("models/exported"), images)
    wanted = ours.measures.ssim
    sizes, decoded, reached = jpeg_xl(list(images[..., 0]), np.stack, images, wanted)
    sheet, _, sheet_reached = jpeg_xl([tile(images[..., 0])], untile, images, wanted)
    rows = [
        ("original", images, np.full(len(images), images[0].size)),
        (f"this codec, SSIM {wanted:.3f}", ours.reconstructions, ours.bits / 8),
        (f"JPEG XL, SSIM {reached:.3f}", decoded, sizes),
    ]
    OUTPUT.parent.mkdir(exist_ok=True)
    draw(rows).save(OUTPUT)
    print(f"this codec, one file: {ours.measures.bytes_per_image:.1f} bytes an image")
    print(f"JPEG XL: {sizes.mean():.1f} bytes an image")
    print(f"JPEG XL, one sheet: {sheet.sum() / len(images):.1f}, SSIM {sheet_reached:.3f}")


def jpeg_xl(pictures, cut, images, wanted):
    """(bytes of each picture, images that `cut` takes from them, their mean SSIM)."""
    for distance in np.arange(20, 0, -0.5):
        files = [imagecodecs.jpegxl_encode(p, distance=distance, effort=9) for p in pictures]
        decoded = cut([imagecodecs.jpegxl_decode(file) for file in files])[: len(images)]
        decoded = decoded.reshape(images.shape)
        reached = float(np.mean(ssim(images.astype("float32"), decoded.astype("float32"), 255.0)))
        if reached >= wanted:
            break
    return np.array([len(file) for file in files]), decoded, reached


def tile(images):
    """[N, H, W] -> one picture, ACROSS images wide, black behind the last."""
    rows = -(-len(images) // ACROSS)
    padded = np.zeros((rows * ACROSS, *images.shape[1:]), np.uint8)
    padded[: len(images)] = images
    grid = padded.reshape(rows, ACROSS, *images.shape[1:])
    return np.ascontiguousarray(grid.swapaxes(1, 2)).reshape(rows * images.shape[1], -1)


def untile(sheets, side=28):
    grid = sheets[0].reshape(-1, side, ACROSS, side)
    return grid.swapaxes(1, 2).reshape(-1, side, side)


def draw(rows):
    side = rows[0][1].shape[1] * SCALE
    cell, line = side + MARGIN, side + MARGIN + 2 * LABEL
    sheet = Image.new("L", (COUNT * cell + MARGIN, len(rows) * line + MARGIN), 255)
    pen = ImageDraw.Draw(sheet)
    for row, (title, images, sizes) in enumerate(rows):
        pen.text((MARGIN, row * line + 2), title, 0)
        # Evenly over the split, whose order is that of the classes.
        for column, number in enumerate(np.linspace(0, len(images) - 1, COUNT).astype(int)):
            place = (MARGIN + column * cell, row * line + LABEL)
            sheet.paste(Image.fromarray(images[number][..., 0]).resize((side, side), 0), place)
            pen.text((place[0], place[1] + side), f"{sizes[number]:.0f} bytes", 0)
    return sheet


if __name__ == "__main__":
    main()
