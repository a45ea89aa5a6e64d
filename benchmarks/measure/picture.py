"""Draws docs/digits.png: test digits decoded by the exported codec and by JPEG XL.

Also copies the curves and the network in docs/ from the report.

    python -m benchmarks.measure.picture

The codec is used at the lowest quality with a mean SSIM of .95 over the test split, JPEG XL at the
coarsest distance with that SSIM, with one file per image. An image's bytes are its share of the
codec's archive (a file with a single image has 32 more), or JPEG XL's file.
"""

import io
import shutil
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from benchmarks import arguments
from image_compressor.codec.codec import Codec
from image_compressor.data import datasets, splits
from image_compressor.evaluation import rivals
from image_compressor.evaluation.distortion import distortion
from image_compressor.evaluation.measures import evaluate

WANTED, COUNT, SCALE, MARGIN, LABEL = 0.95, 10, 3, 6, 16
OUTPUT = Path("docs/digits.png")


def main() -> None:
    arguments(__doc__)
    images = datasets.sample(Path("data/prepared"), splits.TEST)
    codec = Codec.load("models/exported")
    data = codec.compress(images, target_ssim=WANTED, guard=False)
    ours = evaluate(codec, images, codec.open(io.BytesIO(data)).header.quality)
    sizes, decoded, reached = jpeg_xl(images)
    rows = [
        ("original", images, np.full(len(images), images[0].size)),
        (f"this codec, SSIM {ours.measures.ssim:.3f}", ours.reconstructions, ours.bits / 8),
        (f"JPEG XL, SSIM {reached:.3f}", decoded, sizes),
    ]
    OUTPUT.parent.mkdir(exist_ok=True)
    draw(rows).save(OUTPUT)
    for name in ("curves.svg", "network.svg"):
        shutil.copy(Path("reports") / name, OUTPUT.parent)
    print(f"this codec, one file: {ours.measures.bytes_per_image:.1f} bytes per image")
    print(f"JPEG XL: {sizes.mean():.1f} bytes per image")


def jpeg_xl(images):
    """Returns (bytes of each image, the decoded images, their mean SSIM)."""
    for distance in np.arange(20, 0, -0.5):
        sizes, decoded = rivals.there_and_back("jpeg-xl", images, distance)
        reached = distortion(images, decoded)[0].mean()
        if reached >= WANTED:
            break
    return sizes, decoded, reached


def draw(rows):
    side = rows[0][1].shape[1] * SCALE
    cell, line = side + MARGIN, side + MARGIN + 2 * LABEL
    sheet = Image.new("L", (COUNT * cell + MARGIN, len(rows) * line + MARGIN), 255)
    pen = ImageDraw.Draw(sheet)
    for row, (title, images, sizes) in enumerate(rows):
        pen.text((MARGIN, row * line + 2), title, 0)
        # Spread evenly over the split, which is sorted by class.
        for column, number in enumerate(np.linspace(0, len(images) - 1, COUNT).astype(int)):
            x, y = MARGIN + column * cell, row * line + LABEL
            sheet.paste(Image.fromarray(images[number][..., 0]).resize((side, side), 0), (x, y))
            pen.text((x, y + side), f"{sizes[number]:.0f} bytes", 0)
    return sheet


if __name__ == "__main__":
    main()
