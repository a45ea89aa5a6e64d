"""Draws docs/digits.png: test digits, as the exported codec and as JPEG XL decode them.

    python -m benchmarks.picture

JPEG XL is at the setting whose mean SSIM over the test split is next above the codec's.
Bytes are those of each image: of the codec what its tables charge in an archive (the file of
a single image has 25 bytes more), of JPEG XL the file.
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
OUTPUT = Path("docs/digits.png")


def main() -> None:
    images = datasets.array(Path("data/prepared"), splits.TEST)
    ours = evaluate(Codec.load("models/exported"), images)
    jxl_bytes, jxl_images, jxl_ssim = jpeg_xl(images, ours.measures.ssim)
    rows = [
        ("original", images, np.full(len(images), images[0].size)),
        (f"this codec, SSIM {ours.measures.ssim:.3f}", ours.reconstructions, ours.bits / 8),
        (f"JPEG XL, SSIM {jxl_ssim:.3f}", jxl_images, jxl_bytes),
    ]
    OUTPUT.parent.mkdir(exist_ok=True)
    draw(rows).save(OUTPUT)
    for title, _, sizes in rows:
        print(f"{title}: {np.mean(sizes):.1f} bytes an image")


def jpeg_xl(images, wanted):
    """(bytes [N], images, mean SSIM) at the coarsest distance that reaches the wanted SSIM."""
    for distance in np.arange(15, 0, -0.5):
        files = [
            imagecodecs.jpegxl_encode(image[..., 0], distance=distance, effort=9)
            for image in images
        ]
        decoded = np.stack([imagecodecs.jpegxl_decode(file) for file in files]).reshape(
            images.shape
        )
        reached = float(np.mean(ssim(images.astype("float32"), decoded.astype("float32"), 255.0)))
        if reached >= wanted:
            break
    return np.array([len(file) for file in files]), decoded, reached


def draw(rows):
    side = rows[0][1].shape[1] * SCALE
    cell, line = side + MARGIN, side + MARGIN + 2 * LABEL
    sheet = Image.new("L", (COUNT * cell + MARGIN, len(rows) * line + MARGIN), 255)
    pen = ImageDraw.Draw(sheet)
    for row, (title, images, sizes) in enumerate(rows):
        pen.text((MARGIN, row * line + 2), title, 0)
        for column in range(COUNT):
            place = (MARGIN + column * cell, row * line + LABEL)
            sheet.paste(Image.fromarray(images[column][..., 0]).resize((side, side), 0), place)
            pen.text((place[0], place[1] + side), f"{sizes[column]:.0f} bytes", 0)
    return sheet


if __name__ == "__main__":
    main()
