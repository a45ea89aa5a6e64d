"""A hundred kinds of unusable files, each with the reason that must be given for it."""

import io
import os
import shutil
import socket
import struct
import zlib
from collections import Counter

import numpy as np
from PIL import Image

from image_compressor.images import formats

MAX_PIXELS, SMALLEST = 10_000, 11
FORMATS = {
    "PNG": "png",
    "JPEG": "jpg",
    "WEBP": "webp",
    "AVIF": "avif",
    "BMP": "bmp",
    "TIFF": "tif",
    "GIF": "gif",
}
OTHERS = {"JPEG2000": "jp2", "PPM": "ppm", "PCX": "pcx", "TGA": "tga", "DDS": "dds"}


def noise(seed, size=(40, 30)):
    pixels = np.random.default_rng(seed).integers(0, 256, (*size[::-1], 3), np.uint8)
    return Image.fromarray(pixels)


def file(image, kind, **options):
    data = io.BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()


def png_of(width, height):
    """Makes a PNG whose header has this size."""

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(bytes(100)))
    return b"\x89PNG\r\n\x1a\n" + header + pixels + chunk(b"IEND", b"")


def contents():
    """Returns {name: (bytes, kind of reason)}."""
    bad = {}
    for place, (kind, ending) in enumerate(FORMATS.items()):
        data = file(noise(place), kind)
        for share in (0.1, 0.3, 0.5, 0.6, 0.7, 0.9):
            bad[f"cut-{share}.{ending}"] = data[: int(share * len(data))], "damaged"
        bad[f"start.{ending}"] = data[:20], "damaged"
        bad[f"empty.{ending}"] = b"", "empty"
        bad[f"text.{ending}"] = b"this is no image at all\n" * 9, "not an image"
        bad[f"random.{ending}"] = b"\1" + np.random.default_rng(place).bytes(999), "not an image"
        bad[f"small.{ending}"] = file(noise(1, (40, 10)), kind), "too small"
        bad[f"large.{ending}"] = file(Image.new("L", (101, 100)), kind), "too large"
    for kind, ending in OTHERS.items():
        bad[f"other.{ending}"] = file(noise(2, (32, 32)), kind), "not an image"
    frames = {"save_all": True, "append_images": [noise(4), noise(5)]}
    for kind in ("PNG", "WEBP", "AVIF", "TIFF"):
        bad[f"frames.{FORMATS[kind]}"] = file(noise(3), kind, **frames), "several frames"
    flipped = bytearray(file(noise(6), "PNG"))
    flipped[900] ^= 4
    bad["flipped.png"] = bytes(flipped), "damaged"
    bad["bomb.png"] = png_of(2**31 - 1, 2**31 - 1), "too large"
    bad["none.png"] = png_of(0, 16), "damaged"
    bad["float.tif"] = file(Image.new("F", (16, 16)), "TIFF"), "unsupported pixels"
    bad["integers.tif"] = file(Image.new("I", (16, 16)), "TIFF"), "unsupported pixels"
    bad["lab.tif"] = file(Image.new("LAB", (16, 16)), "TIFF"), "unsupported pixels"
    bad["no-ending"] = file(noise(7), "PNG")[:90], "damaged"
    return bad


# Files that lie beside images, and why they are ignored.
BESIDE = {
    "notes.txt": (b"BM: what is in these folders", ".txt"),
    "picture.txt": (file(noise(7), "PNG"), ".txt"),
    "vector.svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", ".svg"),
    "page.PDF": (b"%PDF-1.7\n%%EOF\n", ".pdf"),
    "a.json": (b"{}", ".json"),
    "raw.nef": (file(noise(8), "TIFF"), ".nef"),
    "film.mp4": (bytes(99), ".mp4"),
    "a.jpg:Zone.Identifier": (b"[ZoneTransfer]", ".identifier"),
    "Thumbs.db": (bytes(99), ".db"),
    "README": (b"BM is what this begins with, and no bitmap\n" * 9, formats.OTHER),
    "empty": (b"", formats.OTHER),
    "Icon\r": (b"", formats.OTHER),
    "._a.jpg": (bytes(99), formats.HIDDEN),
    ".hidden.png": (file(noise(8), "PNG"), formats.HIDDEN),
    ".DS_Store": (bytes(99), formats.HIDDEN),
    ".git/a.png": (file(noise(9), "PNG"), formats.HIDDEN),
}


def write(directory, good):
    """Writes all of them below `directory`, and special files as well; returns {name: reason}.

    Args:
        good: name of an existing PNG, for its duplicates.
    """
    bad = contents()
    for name, (data, _) in bad.items():
        (directory / name).write_bytes(data)
    reasons = {name: reason for name, (_, reason) in bad.items()}
    # After the good one in the order of names.
    shutil.copy(directory / good, directory / "zz-same.png")
    with Image.open(directory / good) as image:
        image.save(directory / "zz-same-pixels.tif")
        image.save(directory / "zz-same-and-more.png", dpi=(9, 9), compress_level=0)
    same = dict.fromkeys(["zz-same.png", "zz-same-pixels.tif", "zz-same-and-more.png"], "duplicate")
    (directory / "broken-link.png").symlink_to("nowhere")
    (directory / "loop").symlink_to("loop")
    (directory / "above").symlink_to("..")
    special = {"broken-link.png": "unreadable", "loop": "unreadable", "above": "not a file"}
    return {**reasons, **same, **special}


def write_beside(directory):
    """Writes files below `directory` that are not meant as images; counts them by kind."""
    for name, (data, _) in BESIDE.items():
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).write_bytes(data)
    os.mkfifo(directory / "pipe.png")
    (directory / "device.png").symlink_to("/dev/zero")
    (directory / ".#lock.png").symlink_to("nobody@nowhere")
    with socket.socket(socket.AF_UNIX) as server:
        here = os.open(".", os.O_RDONLY)
        os.chdir(directory)  # the path of a socket must be short
        server.bind("socket.png")
        os.fchdir(here)
        os.close(here)
    counts = Counter(why for _, why in BESIDE.values())
    return counts + Counter({formats.SPECIAL: 3, formats.HIDDEN: 1})
