"""Where images come from. A source is one module here with `images()`, named in SOURCES."""

from collections.abc import Callable, Iterator

from image_compressor.data.sources import digits
from image_compressor.data.sources.source import SourceImage

SOURCES: dict[str, Callable[[], Iterator[SourceImage]]] = {"digits": digits.images}
