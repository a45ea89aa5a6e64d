"""The images that a set is made of."""

from functools import partial
from pathlib import Path

from image_compressor.errors import InputError
from image_compressor.images import finding
from image_compressor.images.finding import Entry, Found, told_apart
from image_compressor.images.formats import START
from image_compressor.storage import Place


def find(place: Place) -> tuple[Found, dict[str, int]]:
    """The images, and the bytes of each by the name it is given.

    Raises InputError where there are none.
    """
    if not place.local:
        sizes = place.find()
        entries = [Entry(path, size=size) for path, size in sizes.items()]
        found = finding.found(told_apart(entries, partial(place.starts, size=START)), place)
        return found, {name: sizes[path] for name, path in found.names.items()}
    directory = Path(place.root)
    if not directory.is_dir():
        raise InputError("a directory with images", place, "Name one that exists.")
    found = finding.find(directory)
    return found, {name: _size(directory / path) for name, path in found.names.items()}


def _size(path):
    try:
        return path.stat().st_size
    except OSError:  # a broken link, which its reader names
        return 0
