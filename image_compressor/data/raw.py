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
from image_compressor.files import replace_directory

MANIFEST = "manifest.csv"
FIELDS = ("name", "sha256", "width", "height", "mode", "bytes", "label", "split")


def sample(images: Iterable[SourceImage], limit: int) -> list[SourceImage]:
    """At most `limit` images, those with the smallest hash: spread over the whole source."""

    def place(image):
        return hashlib.sha256(image.name.encode() + image.pixels.tobytes()).digest()

    return sorted(heapq.nsmallest(limit, images, key=place), key=lambda image: image.name)


def write(images: Iterable[SourceImage], directory: Path) -> int:
    """Replaces `directory` by the images as PNG files and manifest.csv; returns how many.

    The manifest has a row an image: its name, the SHA-256 of its file, its size in pixels, its
    Pillow mode, the bytes of its file, and label and split where the source has them.
    """
    count = 0
    with (
        replace_directory(directory) as scratch,
        (scratch / MANIFEST).open("w", newline="", encoding="utf-8") as file,
    ):
        manifest = csv.DictWriter(file, FIELDS, lineterminator="\n")
        manifest.writeheader()
        for image in images:
            manifest.writerow(_write_image(image, scratch))
            count += 1
    return count


def read(directory: Path) -> Iterator[SourceImage]:
    """The images of a data/raw, in the order of its manifest.

    Raises InputError where the manifest is missing or broken, and where an image is missing or
    was altered.
    """
    for row in _rows(directory / MANIFEST):
        path = directory / row["name"]
        if not path.is_file() or _sha256(path) != row["sha256"]:
            raise InputError(
                f"{path} as {MANIFEST} has it",
                "another file" if path.is_file() else "no such file",
                "Run the stage ingest again: `dvc repro --force ingest`.",
            )
        with Image.open(path) as image:
            yield SourceImage(row["name"], np.asarray(image), row["label"], row["split"])


def _rows(manifest):
    try:
        with manifest.open(newline="", encoding="utf-8") as file:
            table = csv.DictReader(file)
            rows, columns = list(table), tuple(table.fieldnames or ())
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"{MANIFEST} of the images", f"{manifest}: {error}", "Run `dvc repro ingest` first."
        ) from None
    if columns != FIELDS:
        raise InputError(
            f"the columns {', '.join(FIELDS)}",
            f"{manifest} with {columns}",
            "Run the stage ingest again: `dvc repro --force ingest`.",
        )
    return rows


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
