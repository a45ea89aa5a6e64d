"""The networks of a codec: their interface, and the exported ones on LiteRT."""

from typing import Any, Protocol

import numpy as np

from image_compressor.codec.exported import DECODER, ENCODER, HYPER_DECODER, HYPER_ENCODER, Files
from image_compressor.codec.litert import BATCH, LiteRTNetwork
from image_compressor.codec.subpixel import rewritten
from image_compressor.errors import InputError

PIXELS = 2**18  # in a batch, unless one image has more; each takes about 450 bytes of memory


class Networks(Protocol):
    """The interface of a codec's networks; `model.Generator` implements it too.

    Networks for images of any size have None for sizes and implement AnySize; networks with a
    hyperprior implement `codec.hyper.HyperNetworks`.
    """

    @property
    def image_shape(self) -> tuple[Any, ...]: ...  # (H, W, C)

    @property
    def latent_shape(self) -> tuple[Any, ...]: ...  # (..., channels)

    def encode(self, x: np.ndarray) -> Any:
        """float32 images [N, H, W, C] in 0..1 -> float latents [N, ..., channels]."""

    def decode(self, y_hat: np.ndarray) -> Any:
        """float32 quantised latents -> float images in 0..1."""


class AnySize(Protocol):
    """The additional interface of networks for images of any size."""

    @property
    def stride(self) -> int: ...  # pixels a latent, along an axis


class LiteRTNetworks:
    """`Networks` from the files of an exported codec.

    Threads and forked processes may share them, and they pickle. With `hyper_decoder.tflite`, they
    also implement `codec.hyper.HyperNetworks`. Without the encoders, they only decode.

    Raises InputError if a file is not a LiteRT model.
    """

    def __init__(self, files: Files):
        # Only the decoder: the hyper-decoder must give the same numbers everywhere, to the bit.
        self._decoder = LiteRTNetwork(files[DECODER], DECODER, rewritten)
        self._encoder = _encoder(files, ENCODER)
        self.image_shape = (
            self._decoder.output_shape if self._encoder is None else self._encoder.input_shape
        )
        self.latent_shape = self._decoder.input_shape
        _check_shapes(self.image_shape, self.latent_shape)
        if self.image_shape[0] is None:
            self.stride = self._decoder.upscaling()
        else:
            fitting = max(1, PIXELS // (self.image_shape[0] * self.image_shape[1]))
            self._decoder.batch = min(BATCH, fitting)
        self.batch = self._decoder.batch
        if self._encoder is not None:
            self._encoder.batch = self.batch
        if HYPER_DECODER in files:
            self._hyper_encoder = _encoder(files, HYPER_ENCODER)
            self._hyper_decoder = LiteRTNetwork(files[HYPER_DECODER], HYPER_DECODER)
            self.hyper_stride = self._hyper_decoder.upscaling()
            self.hyper_channels = self._hyper_decoder.input_shape[-1]

    def encode(self, x):
        return _present(self._encoder)(x)

    def decode(self, y_hat):
        images = self._decoder(y_hat)
        return np.clip(images, 0.0, 1.0, out=images)

    def hyper_encode(self, bins):
        return _present(self._hyper_encoder)(bins)

    def hyper_decode(self, z_hat):
        return self._hyper_decoder(z_hat)


def _encoder(files, name):
    return LiteRTNetwork(files[name], name) if name in files else None


def _present(encoder):
    if encoder is None:
        raise InputError(
            "This codec comes from a file, and can only decode. To compress, name the codec itself."
        )
    return encoder


def _check_shapes(images, latents):
    """Raises InputError unless these are the images and the latents of a decoder."""
    sized = len(images) == 3 and images[2] in (1, 3) and images.count(None) in (0, 2)
    if not sized or (images[0] is None) != (latents[0] is None) or latents[-1] is None:
        raise InputError(
            f"an {ENCODER} for images and a {DECODER} for its latents",
            f"images of shape {images} and latents of shape {latents}",
            "They may be swapped, or from two exports: copy the whole codec again.",
        )
