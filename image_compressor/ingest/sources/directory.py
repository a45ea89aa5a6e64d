"""Image files in a directory and its subdirectories.

If all first-level folders are splits, see `folders`, the next level is the label:

    photos/train/cat/1.jpg      split train, label cat
    photos/cat/1.jpg            label cat
    photos/1.jpg                neither

The directory is on disk, or in object storage, with an address such as s3://bucket/photos.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from image_compressor.data.source import Source, SourceImage
from image_compressor.errors import InputError
from image_compressor.images.formats import summary
from image_compressor.images.safe_names import readable
from image_compressor.ingest import listing
from image_compressor.ingest.listing import Row
from image_compressor.ingest.scanning import at_place, below
from image_compressor.ingest.sources.folders import split_folders
from image_compressor.ingest.sources.stored import Stored
from image_compressor.storage import Place


def images(path: Path | str, listed: Path | None = None) -> Source:
    """Takes every file that is meant as an image, see `images.finding`, without reading it.

    Args:
        path: a directory, or its address as a str, see `storage.Place`.
        listed: the table of its files, see `ingest.listing`. Without it, the directory is walked,
            and the number of ignored files is logged.
    """
    place = path if isinstance(path, Path) else Place(path)
    if isinstance(place, Path):
        _check_directory(place)
    folders, passed, count = set(), Counter[str](), 0
    for row in _rows(place, listed, passed):
        folders.add(readable(row.name).rpartition("/")[0].partition("/")[0])
        count += 1
    if passed:
        logging.getLogger("ingest").info(summary(passed))
    splits = split_folders(folders - {""})

    def read():
        for row in _rows(place, listed, Counter()):
            name = readable(row.name)
            *above, _ = name.split("/")
            split = splits.get(above[0], "") if above else ""
            labels = above[1:] if split else above
            yield SourceImage(name, Stored(place, *row), labels[0] if labels else "", split)

    return Source(read, count)


def _check_directory(path):
    try:
        next(path.iterdir(), None)
    except OSError as error:
        raise InputError(
            f"Cannot read the directory {path} ({error.strerror}). Set ingest.path to a directory "
            "with images."
        ) from None


def _rows(place, listed, passed) -> Iterator[Row]:
    if listed:
        return listing.read(listed)
    if isinstance(place, Place):
        return at_place(place, passed=passed)
    return map(Row, below(place, passed))
