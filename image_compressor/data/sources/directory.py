"""The image files in a directory and those below it.

Where it has a folder train, the folders train, validation and test are splits; several names for
each are known. The next folder down is the label:

    photos/train/cat/1.jpg      split train, label cat
    photos/cat/1.jpg            label cat
    photos/1.jpg                neither

It is on disk, or in object storage by its address, such as s3://bucket/photos.
"""

import logging
from collections import Counter
from pathlib import Path

from image_compressor.data.sources.source import Source, SourceImage
from image_compressor.data.sources.stored import Stored, folder_at
from image_compressor.data.splits import TEST, TRAIN, VALIDATION
from image_compressor.errors import InputError
from image_compressor.images.finding import folder_of, walk
from image_compressor.images.formats import told
from image_compressor.images.safe_names import readable
from image_compressor.places import Place

FOLDERS = {
    **dict.fromkeys(("train", "training"), TRAIN),
    **dict.fromkeys(("validation", "valid", "val", "dev"), VALIDATION),
    **dict.fromkeys(("test", "testing"), TEST),
}


def images(path: Path | str) -> Source:
    """What is meant as an image, see `images.finding`; whether it is one, its reader finds out.

    How many files are passed over is logged.

    Args:
        path: a directory, or as a str the address of one, see `places.Place`.
    """
    folders, folder, file = _on_disk(path) if isinstance(path, Path) else _stored(Place(path))
    splits = {name: FOLDERS[name.lower()] for name in folders if name.lower() in FOLDERS}
    if TRAIN not in splits.values():
        splits = {}

    def read():
        for entry in walk(folder):
            if entry.passed:
                continue
            name = readable(entry.path)
            *above, _ = name.split("/")
            split = splits.get(above[0], "") if above else ""
            labels = above[1:] if split else above
            yield SourceImage(name, file(entry), labels[0] if labels else "", split)

    passed = Counter(entry.passed for entry in walk(folder))
    count = passed.pop("", 0)
    if passed:
        logging.getLogger("ingest").info(told(passed))
    return Source(read, count)


def _on_disk(path):
    """The names of the folders in it, its `finding.Folder`, and what gives the file of an entry."""
    try:
        folders = [entry.name for entry in path.iterdir() if entry.is_dir()]
    except OSError as error:
        fix = "Name one in ingest.path."
        raise InputError("a directory with images", f"{path}: {error.strerror}", fix) from None
    return folders, folder_of(path), lambda entry: path / entry.path


def _stored(place):
    """The same of a place."""
    folders = [name for name, size in place.entries() if size is None]
    return folders, folder_at(place), lambda one: Stored(place, one.path, one.size)
