"""Train an image-compression codec on your own images, and use it.

from image_compressor import Codec
"""

from image_compressor.codec.codec import Codec
from image_compressor.errors import InputError

__all__ = ["Codec", "InputError"]
