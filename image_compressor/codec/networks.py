"""Runs an exported encoder and decoder on LiteRT."""

import contextlib
import queue
from typing import Any, Protocol

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from image_compressor.codec.directory import (
    DECODER,
    ENCODER,
    HYPER_DECODER,
    HYPER_ENCODER,
    Files,
)
from image_compressor.codec.parallel import WORKERS
from image_compressor.errors import InputError

BATCH = 64  # images at once: their activations stay in a core's cache


class Networks(Protocol):
    """What a codec needs of its networks; `model.Generator` is one too.

    Those for images of any size have None for sizes and are AnySize; those with a hyperprior are
    `codec.hyper.HyperNetworks` too.
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
    """What networks for images of any size have besides."""

    @property
    def stride(self) -> int: ...  # pixels that a latent stands for, along an axis


class LiteRTNetworks:
    """`Networks` from the files of an exported codec.

    May be called from several threads at once. Those for images of one size run on one core each;
    those for any size, which come one at a time, on all. Where there are
    `hyper_encoder.tflite` and `hyper_decoder.tflite` they are `codec.hyper.HyperNetworks` too.

    Raises InputError where a file is no LiteRT model.
    """

    def __init__(self, files: Files):
        self._encoder, self._decoder = (
            LiteRTNetwork(files[name], name) for name in (ENCODER, DECODER)
        )
        self.image_shape = self._encoder.input_shape
        self.latent_shape = self._decoder.input_shape
        _check_shapes(self.image_shape, self.latent_shape)
        if self.image_shape[0] is None:
            self.stride = self._encoder.stride()
        if HYPER_DECODER in files:
            self._hyper_encoder, self._hyper_decoder = (
                LiteRTNetwork(files[name], name) for name in (HYPER_ENCODER, HYPER_DECODER)
            )
            self.hyper_stride = self._hyper_encoder.stride()

    def encode(self, x):
        return self._encoder(x)

    def decode(self, y_hat):
        images = self._decoder(y_hat)
        return np.clip(images, 0.0, 1.0, out=images)

    def hyper_encode(self, bins):
        return self._hyper_encoder(bins)

    def hyper_decode(self, z_hat):
        return self._hyper_decoder(z_hat)


class LiteRTNetwork:
    """float32 arrays [N, ...] -> float32 arrays [N, ...], from a .tflite file's content."""

    def __init__(self, content: bytes, name: str):
        # Each thread needs an interpreter of it. They are kept: to make one takes as long as to
        # decode a small image.
        self.content, self.name = content, name
        self.idle: queue.LifoQueue[_Interpreter] = queue.LifoQueue()
        with self._interpreter() as interpreter:
            self.input_shape = interpreter.input_shape

    def stride(self) -> int:
        """Of its input, along an axis, for one place of its output."""
        side = 256
        with self._interpreter() as interpreter:
            interpreter.resize((1, side, side, self.input_shape[-1]))
            return side // interpreter.output_shape()[1]

    def __call__(self, x):
        with self._interpreter() as interpreter:
            parts = [interpreter(x[start : start + BATCH]) for start in range(0, len(x), BATCH)]
        return np.concatenate(parts)

    @contextlib.contextmanager
    def _interpreter(self):
        """One that no other thread uses meanwhile."""
        try:
            interpreter = self.idle.get_nowait()
        except queue.Empty:
            try:
                interpreter = _Interpreter(self.content)
            except (ValueError, RuntimeError) as error:
                received = f"{self.name}: {error}"
                raise InputError("an exported network", received, "Export it again.") from None
        try:
            yield interpreter
        finally:
            self.idle.put(interpreter)


class _Interpreter:
    """LiteRT's, of images of one size on one core, of any size on all."""

    def __init__(self, content):
        self.interpreter = Interpreter(model_content=content, num_threads=1)
        signature = self.interpreter.get_input_details()[0]["shape_signature"]
        if -1 in signature[1:]:
            self.interpreter = Interpreter(model_content=content, num_threads=WORKERS)
        self.interpreter.allocate_tensors()
        self.input = self.interpreter.get_input_details()[0]["index"]
        self.output = self.interpreter.get_output_details()[0]["index"]
        self.input_shape = tuple(None if size < 0 else int(size) for size in signature[1:])
        self.shape = None

    def __call__(self, x):
        if x.shape != self.shape:
            self.resize(x.shape)
        self.interpreter.set_tensor(self.input, np.ascontiguousarray(x, np.float32))
        self.interpreter.invoke()
        return self.interpreter.get_tensor(self.output)

    def resize(self, shape):
        self.interpreter.resize_tensor_input(self.input, shape)
        self.interpreter.allocate_tensors()
        self.shape = shape

    def output_shape(self):
        return tuple(map(int, self.interpreter.get_output_details()[0]["shape"]))


def _check_shapes(images, latents):
    """Raises InputError unless an encoder takes these images, and a decoder its latents."""
    sized = len(images) == 3 and images[2] in (1, 3) and images.count(None) in (0, 2)
    if not sized or (images[0] is None) != (latents[0] is None) or latents[-1] is None:
        raise InputError(
            f"an {ENCODER} of images and a {DECODER} of its latents",
            f"inputs of shape {images} and {latents}",
            "They may be swapped, or of two exports: copy the whole codec again.",
        )
