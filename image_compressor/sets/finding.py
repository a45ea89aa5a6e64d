"""Finds the images for a set, in a directory or in object storage."""

from functools import partial
from pathlib import Path

from image_compressor.errors import InputError
from image_compressor.images import finding
from image_compressor.images.finding import Entry, Found, classified
from image_compressor.images.formats import START
from image_compressor.storage import Place


def find(place: Place) -> tuple[Found, dict[str, int]]:
    """The images, and {name: bytes}. Raises InputError if there are none."""
    if not place.local:
        sizes = place.find()
        entries = [Entry(path, size=size) for path, size in sizes.items()]
        found = finding.found(classified(entries, partial(place.starts, size=START)), place)
        return found, {name: sizes[path] for name, path in found.names.items()}
    directory = Path(place.root)
    if not directory.is_dir():
        raise InputError("an existing directory with images", place, "Name another.")
    found = finding.find(directory)
    return found, {name: _size(directory / path) for name, path in found.names.items()}


def _size(path):
    try:
        return path.stat().st_size
    except OSError:  # a broken link, which the reader will report
        return 0
