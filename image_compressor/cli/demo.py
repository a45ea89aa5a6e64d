"""image-compressor demo: see what a codec does."""

import argparse
import contextlib
from pathlib import Path

from image_compressor.codec import exported
from image_compressor.codec.codec import load_quietly
from image_compressor.errors import InputError

RAW = Path("data/raw/images")


def demo(options: argparse.Namespace) -> None:
    """A page on this machine: draw or choose an image, and see what becomes of it."""
    try:
        from image_compressor.demo import server
    except ImportError as error:
        fix = "Install them: `pip install 'image-compressor[report]'`."
        raise InputError("the packages of the demo", f"no {error.name}", fix) from None
    codec = load_quietly(options.codec)
    app = server.application(
        codec, exported.find(options.codec), options.codec, _samples(options, codec)
    )
    server.serve(app, options.port, not options.no_browser)


def _samples(options, codec):
    from image_compressor.demo.samples import samples

    if not options.samples:
        with contextlib.suppress(InputError, OSError):  # nobody named them
            return samples(codec, RAW)
        return []
    chosen = samples(codec, options.samples)
    if not chosen:
        taken = f"a directory with images that {options.codec} takes"
        raise InputError(taken, options.samples, "Name another.")
    return chosen
