"""Image files that a codec for 16x16 grey images cannot keep in full, and bad files."""

import numpy as np
from PIL import ExifTags, Image


def write(kind, path):
    """Writes a file of some kind; kinds not listed below are Pillow's modes."""
    grey = Image.new("L", (16, 16))
    if kind == "text":
        path.write_text("no image")
    elif kind == "cut":
        noise = np.random.default_rng(0).integers(0, 256, (16, 16), np.uint8)
        Image.fromarray(noise).save(path)
        path.write_bytes(path.read_bytes()[:150])
    elif kind == "size":
        Image.new("L", (16, 17)).save(path)
    elif kind == "frames":
        grey.save(path, save_all=True, append_images=[Image.new("L", (16, 16), 9)])
    elif kind == "transparency":
        grey.save(path, transparency=0)
    elif kind == "rotation":
        exif = Image.Exif()
        exif[ExifTags.Base.Orientation] = 6
        grey.save(path, exif=exif)
    else:
        Image.new(kind, (16, 16)).save(path)


REASONS = {
    "text": "an image file",
    "cut": "a whole image file",
    "size": "16x17",
    "RGB": "with mode RGB",
    "RGBA": "with mode RGBA",
    "P": "with mode P",
    "I;16": "with mode I;16",
    "frames": "with several frames",
    "transparency": "with transparency",
    "rotation": "with a rotation",
}
