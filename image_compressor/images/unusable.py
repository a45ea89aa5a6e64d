"""The one error for an image that cannot be used."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

# How Pillow, tifffile and libjpeg say that a file is whole, but not for them.
NOT_HERE = re.compile("Unsupported BMP|not supported|not implemented", re.IGNORECASE)


class Unusable(ValueError):
    """An image that cannot be used. Its text is `kind: what was found`, in one line."""

    def __init__(self, kind: str, found: object):
        super().__init__(f"{kind}: {' '.join(str(found).split())[:200]}")


def unsupported(found: object) -> Unusable:
    """The error for a whole image whose pixels have no agreed meaning in 8 bits, or none here."""
    return Unusable("unsupported pixels", found)


@contextmanager
def told_as_damage() -> Iterator[None]:
    """Whatever a decoder raises as Unusable."""
    try:
        yield
    except (Unusable, MemoryError):
        raise
    except Exception as error:  # Pillow, tifffile and imagecodecs raise all kinds for damaged files
        if getattr(error, "errno", None):
            raise Unusable("unreadable", getattr(error, "strerror", None) or error) from None
        kind = "unsupported pixels" if NOT_HERE.search(str(error)) else "damaged"
        raise Unusable(kind, error) from None
