"""Images from a directory for trying out the demo."""

import contextlib
from pathlib import Path

import numpy as np

from image_compressor.codec.codec import Codec
from image_compressor.demo.api import fitted
from image_compressor.errors import InputError
from image_compressor.images.finding import find
from image_compressor.images.image_files import png

MOST = 10


def samples(codec: Codec, directory: Path) -> list[bytes]:
    """PNG files of a few images spread over a directory, fitted to the codec.

    Images that the codec cannot use are left out. Raises InputError if there are no images.
    """
    paths = [directory / path for path in find(directory).names.values()]
    if len(paths) > MOST:
        paths = [paths[index] for index in np.linspace(0, len(paths) - 1, MOST).astype(int)]
    found = []
    for path in paths:
        with contextlib.suppress(InputError):
            found.append(png(fitted(codec, path)))
    return found
