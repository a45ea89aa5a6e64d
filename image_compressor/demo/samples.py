"""Images to try, of a directory."""

import contextlib
from pathlib import Path

import numpy as np

from image_compressor.codec import images
from image_compressor.codec.codec import Codec
from image_compressor.demo.answers import fitted
from image_compressor.errors import InputError

MOST = 10


def samples(codec: Codec, directory: Path) -> list[bytes]:
    """A few of the images below a directory, spread over it, as the codec takes them: PNG files.

    Those that it does not take are left out. Raises InputError where there is no file at all.
    """
    paths = [directory / name for name in images.find(directory)]
    paths = [path for path in paths if images.is_image(path)]
    if len(paths) > MOST:
        paths = [paths[place] for place in np.linspace(0, len(paths) - 1, MOST).astype(int)]
    found = []
    for path in paths:
        with contextlib.suppress(InputError):
            found.append(images.png(fitted(codec, path)))
    return found
