"""The images that a set is made of."""

from pathlib import Path

from image_compressor.codec import images
from image_compressor.errors import InputError
from image_compressor.places import Place


def find(place: Place) -> dict[str, int]:
    """Bytes of each file by its path below, with "/", in the order of their names.

    Hidden ones are left out. Raises InputError where there are none, and where
    `codec.images.find` does.
    """
    if not place.local:
        sizes = place.find()
        images.file_names_of(sizes)
        return sizes
    directory = Path(place.root)
    if not directory.is_dir():
        raise InputError("a directory with images", place, "Name one that exists.")
    return {name: (directory / name).stat().st_size for name in images.find(directory)}
