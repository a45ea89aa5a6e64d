"""The one error for an image that cannot be used."""

from collections.abc import Iterator
from contextlib import contextmanager


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
        kind = "unreadable" if getattr(error, "errno", None) else "damaged"
        raise Unusable(kind, getattr(error, "strerror", None) or error) from None
