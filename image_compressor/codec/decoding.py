"""A public alias of `images.decoding`, restricted to images that are large enough for SSIM."""

from functools import partial

from image_compressor.images import decoding
from image_compressor.images.similarity import WINDOW
from image_compressor.images.unusable import Unusable

__all__ = ["Unusable", "read"]

read = partial(decoding.read, smallest=WINDOW)
