"""The command image-compressor demo."""

import argparse
import contextlib
from pathlib import Path

from image_compressor.codec import exported
from image_compressor.codec.codec import Codec
from image_compressor.errors import InputError

RAW = Path("data/raw/images")


def demo(options: argparse.Namespace) -> None:
    """Open a page where you draw or choose an image and see how the codec compresses it."""
    try:
        from image_compressor.demo import server
    except ImportError as error:
        fix = "Install them: `pip install 'image-compressor[report]'`."
        raise InputError(f"The demo needs packages that are missing: {error.name}. {fix}") from None
    codec = Codec.load(options.codec)
    app = server.application(
        codec, exported.find(options.codec), options.codec, _samples(options, codec)
    )
    server.serve(app, options.port, not options.no_browser)


def _samples(options, codec):
    from image_compressor.demo.samples import samples

    if not options.samples:
        with contextlib.suppress(InputError, OSError):  # the default directory is optional
            return samples(codec, RAW)
        return []
    chosen = samples(codec, options.samples)
    if not chosen:
        expected = f"a directory with images that the codec {options.codec} accepts"
        raise InputError(expected, options.samples, "Name another.")
    return chosen
