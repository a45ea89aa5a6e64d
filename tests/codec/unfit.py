"""Image files of many kinds, and those that a codec for 16x16 grey images refuses."""

import numpy as np
from PIL import ExifTags, Image


def write(kind, path):
    """Writes a file of some kind; kinds not listed below are Pillow's modes."""
    grey = Image.new("L", (16, 16))
    if kind == "text":
        path.write_text("no image")
    elif kind == "nothing":
        path.touch()
    elif kind == "cut":
        noise = np.random.default_rng(0).integers(0, 256, (16, 16), np.uint8)
        Image.fromarray(noise).save(path)
        path.write_bytes(path.read_bytes()[:150])
    elif kind == "size":
        Image.new("L", (16, 17)).save(path)
    elif kind == "colours":
        Image.fromarray(COLOURS).save(path)
    elif kind in ("frames", "pages"):
        form = {"frames": "GIF", "pages": "TIFF"}[kind]
        grey.save(path, form, save_all=True, append_images=[Image.new("L", (16, 16), 9)])
    elif kind == "transparency":
        grey.save(path, transparency=0)
    elif kind == "rotation":
        exif = Image.Exif()
        exif[ExifTags.Base.Orientation] = 6
        grey.save(path, exif=exif)
    else:
        Image.new(kind, (16, 16)).save(path)


COLOURS = np.random.default_rng(1).integers(0, 256, (16, 16, 3), np.uint8)
REASONS = {
    "text": "an image file",
    "cut": "a whole image file",
    "nothing": "a whole image file",
    "size": "16x17",
    "colours": "an image without colours",
    "pages": "several frames",
}
# Kinds that are converted, and how the summary calls it.
CONVERTED = {
    "RGB": None,
    "P": None,
    "1": None,
    "RGBA": "transparent",
    "transparency": "transparent",
    "I;16": "more than 8 bits",
    "rotation": "rotated",
    "frames": "the first frame of several",
}
