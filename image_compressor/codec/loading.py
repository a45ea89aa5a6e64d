"""Loads a codec quietly, for commands."""

import os
import sys
from pathlib import Path
from threading import Lock

from image_compressor.codec.codec import Codec

_alone = Lock()  # two threads that put file descriptor 2 back would lose it


def load(codec: str | Path) -> Codec:
    """The codec, loaded without the line that LiteRT writes to file descriptor 2."""
    with _alone:
        sys.stderr.flush()
        stderr, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        try:
            return Codec.load(codec)
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            os.close(nowhere)
