"""Files in object storage: listed by one process, fetched by those that decode them."""

from dataclasses import dataclass
from functools import partial

from image_compressor.data.sources.source import SourceImage
from image_compressor.images import finding, formats
from image_compressor.images.finding import Entry, Folder
from image_compressor.places import Place


@dataclass(frozen=True)
class Stored:
    """A file of so many bytes at a place, which is fetched where it is decoded."""

    place: Place
    name: str
    size: int


def folder_at(place: Place) -> Folder:
    """The folders below a place, for `finding.walk`. Raises Unreachable."""

    def folder(above):
        entries = [(f"{above}/{name}".lstrip("/"), size) for name, size in place.entries(above)]
        files = {path: size for path, size in entries if size is not None}
        told = finding.told_apart(files, partial(place.starts, size=formats.START))
        shown = (path for path, size in entries if size is None)
        return sorted(told + [_folder(path) for path in shown])

    return folder


def _folder(path):
    hidden = formats.passed_over(path) == formats.HIDDEN
    return Entry(path, formats.HIDDEN) if hidden else Entry(path, is_folder=True)


def contents(images: list[SourceImage]) -> list:
    """The content of each image of one source, what is Stored fetched, all of it at once.

    That of a file that is gone or may not be read is its OSError. Raises Unreachable.
    """
    found = [image.content for image in images]
    names = [content.name for content in found if isinstance(content, Stored)]
    first = found[0]
    return first.place.read_each(names) if isinstance(first, Stored) else found
