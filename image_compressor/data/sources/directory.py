"""The image files in a directory and those below it.

The first folder is the split where all are, see `folders`, and the next one the label:

    photos/train/cat/1.jpg      split train, label cat
    photos/cat/1.jpg            label cat
    photos/1.jpg                neither

It is on disk, or in object storage by its address, such as s3://bucket/photos.
"""

import logging
from collections import Counter
from pathlib import Path

from image_compressor.data.sources.folders import split_folders
from image_compressor.data.sources.source import Source, SourceImage
from image_compressor.data.sources.stored import Stored, folder_at
from image_compressor.errors import InputError
from image_compressor.images.finding import folder_of, walk
from image_compressor.images.formats import told
from image_compressor.images.safe_names import readable
from image_compressor.places import Place


def images(path: Path | str) -> Source:
    """What is meant as an image, see `images.finding`; whether it is one, its reader finds out.

    How many files are passed over is logged.

    Args:
        path: a directory, or as a str the address of one, see `places.Place`.
    """
    folder, file = _on_disk(path) if isinstance(path, Path) else _stored(Place(path))
    folders, passed = Counter[str](), Counter[str]()
    for entry in walk(folder):
        top = readable(entry.path).rpartition("/")[0].partition("/")[0]
        (passed if entry.passed else folders)[entry.passed or top] += 1
    if passed:
        logging.getLogger("ingest").info(told(passed))
    splits = split_folders(folders.keys() - {""})

    def read():
        for entry in walk(folder):
            if entry.passed:
                continue
            name = readable(entry.path)
            *above, _ = name.split("/")
            split = splits.get(above[0], "") if above else ""
            labels = above[1:] if split else above
            yield SourceImage(name, file(entry), labels[0] if labels else "", split)

    return Source(read, folders.total())


def _on_disk(path):
    """The `finding.Folder` of a directory, and what gives the file of an entry."""
    try:
        next(path.iterdir(), None)
    except OSError as error:
        fix = "Name one in ingest.path."
        raise InputError("a directory with images", f"{path}: {error.strerror}", fix) from None
    return folder_of(path), lambda entry: path / entry.path


def _stored(place):
    """The same of a place."""
    return folder_at(place), lambda one: Stored(place, one.path, one.size)
