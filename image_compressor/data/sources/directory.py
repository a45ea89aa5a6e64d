"""The image files in a directory and those below it.

The first folder is the split where all are, see `folders`, and the next one the label:

    photos/train/cat/1.jpg      split train, label cat
    photos/cat/1.jpg            label cat
    photos/1.jpg                neither

It is on disk, or in object storage by its address, such as s3://bucket/photos.
"""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from image_compressor.data.sources.folders import split_folders
from image_compressor.data.sources.source import Source, SourceImage
from image_compressor.data.sources.stored import walk
from image_compressor.errors import InputError
from image_compressor.places import Place


def images(path: Path | str) -> Source:
    """Every file is given, whatever it is: what is no image is found out where it is decoded.

    A hidden folder, and a link to one, is given as if it were a file, and so rejected.

    Args:
        path: a directory, or as a str the address of one, see `places.Place`.
    """
    listed = _on_disk(path) if isinstance(path, Path) else _stored(Place(path))
    counts = Counter(name.rpartition("/")[0].partition("/")[0] for name, _ in listed())
    splits = split_folders(counts.keys() - {""})

    def read():
        for name, content in listed():
            *above, _ = name.split("/")
            split = splits.get(above[0], "") if above else ""
            labels = above[1:] if split else above
            yield SourceImage(name, content, labels[0] if labels else "", split)

    return Source(read, counts.total())


def _on_disk(path):
    """A function that gives the name and the path of each file in it."""
    try:
        next(path.iterdir(), None)
    except OSError as error:
        fix = "Name one in ingest.path."
        raise InputError("a directory with images", f"{path}: {error.strerror}", fix) from None
    # In letters that every table can be written in, whatever the bytes of the file's name.
    return lambda: (
        (os.fsencode(file.relative_to(path)).decode("utf-8", "backslashreplace"), file)
        for file in files(path)
    )


def _stored(place):
    """The same of a place."""
    return lambda: ((file.name, file) for file in walk(place))


def files(directory: Path) -> Iterator[Path]:
    """Files, and folders not gone into, in the order of their names; one folder in memory."""
    try:
        with os.scandir(directory) as found:
            entries = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in found)
    except OSError:  # the folder itself is given: its reader says what is wrong with it
        yield directory
        return
    for name, is_folder in entries:
        path = directory / name
        if is_folder and not name.startswith("."):
            yield from files(path)
        else:
            yield path
