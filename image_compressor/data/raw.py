"""data/raw: the images of a source as PNG files, and a manifest."""

import csv
import hashlib
import heapq
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from image_compressor.data.sources.source import SourceImage
from image_compressor.errors import InputError

MANIFEST = "manifest.csv"
FIELDS = ("name", "sha256", "width", "height", "mode", "bytes", "label", "split")


def sample(images: Iterable[SourceImage], limit: int) -> list[SourceImage]:
    """At most `limit` images, those with the smallest hash: spread over the whole source."""

    def place(image):
        return hashlib.sha256(image.name.encode() + image.pixels.tobytes()).digest()

    return sorted(heapq.nsmallest(limit, images, key=place), key=lambda image: image.name)


def write(images: Iterable[SourceImage], directory: Path) -> int:
    """Writes each image as a PNG and manifest.csv beside them; returns how many there were.

    The manifest has a row an image: its name, the SHA-256 of its file, its size in pixels, its
    Pillow mode, the bytes of its file, and label and split where the source has them.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / MANIFEST).open("w", newline="", encoding="utf-8") as file:
        manifest = csv.DictWriter(file, FIELDS, lineterminator="\n")
        manifest.writeheader()
        count = 0
        for image in images:
            manifest.writerow(_write_image(image, directory))
            count += 1
    return count


def read(directory: Path) -> Iterator[SourceImage]:
    """The images of a data/raw, in the order of its manifest.

    Raises InputError where the manifest or an image is missing, or an image was altered.
    """
    if not (directory / MANIFEST).is_file():
        raise InputError(
            f"{MANIFEST} in {directory}", "no such file", "Run ingest first: `dvc repro ingest`."
        )
    with (directory / MANIFEST).open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            path = directory / row["name"]
            if not path.is_file() or _sha256(path) != row["sha256"]:
                raise InputError(
                    f"{path} as {MANIFEST} has it",
                    "another file" if path.is_file() else "no such file",
                    "Run the stage ingest again: `dvc repro --force ingest`.",
                )
            with Image.open(path) as image:
                yield SourceImage(row["name"], np.asarray(image), row["label"], row["split"])


def _write_image(source_image, directory):
    path = directory / source_image.name
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(source_image.pixels)
    image.save(path)
    return {
        "name": source_image.name,
        "sha256": _sha256(path),
        "width": image.width,
        "height": image.height,
        "mode": image.mode,
        "bytes": path.stat().st_size,
        "label": source_image.label,
        "split": source_image.split,
    }


def _sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()
