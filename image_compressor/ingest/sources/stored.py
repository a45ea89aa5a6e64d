"""Files in a directory or in object storage: one process lists them, others read and decode."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from image_compressor.data.source import SourceImage
from image_compressor.ingest.scanning import md5
from image_compressor.storage import Place


@dataclass(frozen=True)
class Stored:
    """A listed file, or the reason why it cannot be read, see `ingest.listing`.

    Attributes:
        size: in bytes, if it is at a Place.
        digest: compared by `changed`; without one, no content counts as changed.
    """

    place: Path | Place
    name: str
    size: int
    digest: str = ""
    reason: str = ""

    def changed(self, content: Path | bytes | OSError) -> bool:
        """Returns whether the content differs from the one that was listed."""
        if not self.digest:
            return False
        if isinstance(content, Path):
            return _md5(content) != self.digest
        if isinstance(content, OSError):
            return True
        if hashlib.md5(content, usedforsecurity=False).hexdigest() == self.digest:
            return False
        # Not every storage uses the MD5 as its tag, and none does for multipart uploads.
        return isinstance(self.place, Place) and self.place.tag(self.name) != self.digest


def contents(images: list[SourceImage]) -> list:
    """Returns the content of each image of one source, fetching objects in parallel.

    A file that is missing or unreadable gives its OSError. Raises Unreachable.
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
