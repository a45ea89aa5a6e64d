"""Images to try, of a directory."""

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
    """A few of the images below a directory, spread over it, as the codec takes them: PNG files.

    Those that it does not take are left out. Raises InputError where there is no image at all.
    """
    paths = [directory / path for path in find(directory).names.values()]
    if len(paths) > MOST:
        paths = [paths[place] for place in np.linspace(0, len(paths) - 1, MOST).astype(int)]
    found = []
    for path in paths:
        with contextlib.suppress(InputError):
            found.append(png(fitted(codec, path)))
    return found
