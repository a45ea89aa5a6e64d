"""The image files in a directory and those below it.

Where it has a folder train, the folders train, validation and test are splits; several names for
each are known. The next folder down is the label:

    photos/train/cat/1.jpg      split train, label cat
    photos/cat/1.jpg            label cat
    photos/1.jpg                neither
"""

import os
from collections.abc import Iterator
from pathlib import Path

from image_compressor.data.sources.source import Source, SourceImage
from image_compressor.data.splits import TEST, TRAIN, VALIDATION
from image_compressor.errors import InputError

FOLDERS = {
    **dict.fromkeys(("train", "training"), TRAIN),
    **dict.fromkeys(("validation", "valid", "val", "dev"), VALIDATION),
    **dict.fromkeys(("test", "testing"), TEST),
}


def images(path: Path) -> Source:
    """Every file is given, whatever it is: what is no image is found out where it is decoded.

    A hidden folder, and a link to one, is given as if it were a file, and so rejected.
    """
    try:
        folders = [entry.name for entry in path.iterdir() if entry.is_dir()]
    except OSError as error:
        fix = "Name one in ingest.path."
        raise InputError("a directory with images", f"{path}: {error.strerror}", fix) from None
    splits = {name: FOLDERS[name.lower()] for name in folders if name.lower() in FOLDERS}
    if TRAIN not in splits.values():
        splits = {}

    def read():
        for file in files(path):
            *above, _ = file.relative_to(path).parts
            split = splits.get(above[0], "") if above else ""
            labels = above[1:] if split else above
            # In letters that every table can be written in, whatever the bytes of the file's name.
            name = os.fsencode(file.relative_to(path)).decode("utf-8", "backslashreplace")
            yield SourceImage(name, file, labels[0] if labels else "", split)

    return Source(read, sum(1 for _ in files(path)))


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
