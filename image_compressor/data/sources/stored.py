"""Files in object storage: listed by one process, fetched by those that decode them."""

from collections.abc import Iterator
from dataclasses import dataclass

from image_compressor.data.sources.source import SourceImage
from image_compressor.places import Place


@dataclass(frozen=True)
class Stored:
    """A file of so many bytes at a place, which is fetched where it is decoded."""

    place: Place
    name: str
    size: int


def walk(place: Place, folder: str = "") -> Iterator[Stored]:
    """All files, in the order of their names; one folder in memory. Hidden ones come as files.

    Raises Unreachable.
    """
    for entry, size in place.entries(folder):
        name = f"{folder}/{entry}" if folder else entry
        if size is None and entry and not entry.startswith("."):
            yield from walk(place, name)
        else:
            yield Stored(place, name, size or 0)


def contents(images: list[SourceImage]) -> list:
    """The content of each image of one source, what is Stored fetched, all of it at once.

    That of a file that is gone or may not be read is its OSError. Raises Unreachable.
    """
    found = [image.content for image in images]
    names = [content.name for content in found if isinstance(content, Stored)]
    first = found[0]
    return first.place.read_each(names) if isinstance(first, Stored) else found
