"""Files in a directory or in object storage: listed by one process, read by those that decode."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from image_compressor.data.source import SourceImage
from image_compressor.ingest.scanning import md5
from image_compressor.storage import Place


@dataclass(frozen=True)
class Stored:
    """A file, or something in the place of one, as it was listed: see `ingest.listing`.

    Attributes:
        size: bytes, if it is at a Place.
        digest: what `changed` compares; without one no content is a change.
    """

    place: Path | Place
    name: str
    size: int
    digest: str = ""
    reason: str = ""

    def changed(self, content: Path | bytes | OSError) -> bool:
        """Tells whether the content that was read differs from the one that was listed."""
        if not self.digest:
            return False
        if isinstance(content, Path):
            return _md5(content) != self.digest
        if isinstance(content, OSError):
            return True
        if hashlib.md5(content, usedforsecurity=False).hexdigest() == self.digest:
            return False
        # Not every storage has the MD5 as its tag, and none has of a file sent in parts.
        return isinstance(self.place, Place) and self.place.tag(self.name) != self.digest


def contents(images: list[SourceImage]) -> list:
    """The content of each image of one source; what is in object storage is fetched at once.

    That of a file that is gone or may not be read is its OSError. Raises Unreachable.
    """
    found = [image.content for image in images]
    stored = [content for content in found if isinstance(content, Stored)]
    if not stored:
        return found
    place = stored[0].place
    if isinstance(place, Place):
        return place.read_each([file.name for file in stored])
    return [place / file.name for file in stored]


def _md5(path):
    try:
        return md5(path)
    except OSError:
        return None
