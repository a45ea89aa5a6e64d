"""The error for an image that cannot be used."""

import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# The words in which Pillow, tifffile and libjpeg report an intact file that they cannot read.
NOT_HERE = re.compile("Unsupported BMP|not supported|not implemented", re.IGNORECASE)


class Unusable(ValueError):
    """An image that cannot be used. Its text is one line, `kind: details`."""

    def __init__(self, kind: str, found: object):
        super().__init__(f"{kind}: {' '.join(str(found).split())[:200]}")


def unsupported(found: object) -> Unusable:
    """The error for an intact image with pixels that have no defined or supported 8-bit form."""
    return Unusable("unsupported pixels", found)


def unreadable(error: OSError) -> Unusable:
    """The error for a file that cannot be opened or read."""
    return Unusable("unreadable", error.strerror or error)


def check_file(path: Path) -> None:
    """Raises Unusable for a folder, device, pipe or socket; OSError if the path is not readable."""
    if path.is_dir():
        next(path.iterdir(), None)
        raise Unusable("not a file", "a link to a folder" if path.is_symlink() else "a folder")
    if not stat.S_ISREG(path.stat().st_mode):
        raise Unusable("not a file", "a device, pipe or socket")


@contextmanager
def as_unusable() -> Iterator[None]:
    """Turns any error of a decoder into Unusable."""
    try:
        yield
    except (Unusable, MemoryError):
        raise
    except Exception as error:  # Pillow, tifffile and imagecodecs raise any type for damaged files
        if isinstance(error, OSError) and error.errno:
            raise unreadable(error) from None
        kind = "unsupported pixels" if NOT_HERE.search(str(error)) else "damaged"
        raise Unusable(kind, error) from None
