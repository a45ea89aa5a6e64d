"""The image files in a directory and those below it.

Where it has a folder train, the folders train, validation and test are splits; several names for
each are known. The next folder down is the label:

    photos/train/cat/1.jpg      split train, label cat
    photos/cat/1.jpg            label cat
    photos/1.jpg                neither

It is on disk, or in object storage by its address, such as s3://bucket/photos.
"""

from collections.abc import Iterator
from pathlib import Path

from image_compressor.data import listing
from image_compressor.data.listing import Entry
from image_compressor.data.scanning import at_place, walk
from image_compressor.data.sources.source import Source, SourceImage
from image_compressor.data.sources.stored import Stored
from image_compressor.data.splits import TEST, TRAIN, VALIDATION
from image_compressor.errors import InputError
from image_compressor.places import Place

FOLDERS = {
    **dict.fromkeys(("train", "training"), TRAIN),
    **dict.fromkeys(("validation", "valid", "val", "dev"), VALIDATION),
    **dict.fromkeys(("test", "testing"), TEST),
}


def images(path: Path | str, listed: Path | None = None) -> Source:
    """Every file is given, whatever it is: what is no image is found out where it is decoded.

    A hidden folder, and a link to one, is given as if it were a file, and so rejected.

    Args:
        path: a directory, or as a str the address of one, see `places.Place`.
        listed: the table of its files, see `data.listing`; without it they are looked up.
    """
    place = path if isinstance(path, Path) else Place(path)
    if isinstance(place, Path):
        _check_directory(place)
    folders, count = set(), 0
    for entry in _entries(place, listed):
        folder, below, _ = entry.name.partition("/")
        folders |= {folder} if below else set()
        count += 1
    splits = {name: FOLDERS[name.lower()] for name in folders if name.lower() in FOLDERS}
    if TRAIN not in splits.values():
        splits = {}

    def read():
        for entry in _entries(place, listed):
            *above, _ = entry.shown.split("/")
            split = splits.get(above[0], "") if above else ""
            labels = above[1:] if split else above
            content = Stored(place, *entry)
            yield SourceImage(entry.shown, content, labels[0] if labels else "", split)

    return Source(read, count)


def _check_directory(path):
    try:
        next(path.iterdir(), None)
    except OSError as error:
        fix = "Name one in ingest.path."
        raise InputError("a directory with images", f"{path}: {error.strerror}", fix) from None


def _entries(place, listed) -> Iterator[Entry]:
    if listed:
        return listing.read(listed)
    if isinstance(place, Place):
        return at_place(place)
    return (Entry(file.relative_to(place).as_posix()) for file in walk(place))
