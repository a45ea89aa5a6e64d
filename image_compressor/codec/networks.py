"""Runs an exported encoder and decoder on LiteRT."""

import contextlib
import ctypes
import threading
from collections import deque
from functools import partial
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
from image_compressor.codec.parallel import WORKERS, PerProcess
from image_compressor.errors import InputError

BATCH = 64  # images at once: their activations stay in a core's cache
PIXELS = 2**18  # of all images at once, unless one has more: some 600 bytes of memory each
MOST = 4  # interpreters of networks for any size: they take much memory, and in part all cores


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

    Threads and forked processes may share them, and they pickle. Where there are
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
        else:
            fitting = max(1, PIXELS // (self.image_shape[0] * self.image_shape[1]))
            self._encoder.batch = self._decoder.batch = min(BATCH, fitting)
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
    """float32 arrays [N, ...] -> float32 arrays [N, ...], from a .tflite file's content.

    Attributes:
        input_shape: without N, None for a size that may be any.
        batch: images at once.
    """

    def __init__(self, content: bytes, name: str):
        make = partial(_interpreter, content, name)
        first = make()
        self.input_shape = first.input_shape
        any_size = None in self.input_shape
        self.batch = 1 if any_size else BATCH
        kept = (min(WORKERS, MOST), 1) if any_size else (WORKERS, WORKERS)
        self._pool = PerProcess(partial(_Pool, make, *kept))
        self._pool().idle.append(first)

    def stride(self) -> int:
        """Of its input, along an axis, for one place of its output."""
        side = 256
        with self._pool().one() as interpreter:
            interpreter.resize((1, side, side, self.input_shape[-1]))
            return side // interpreter.output_shape()[1]

    def __call__(self, x):
        starts = range(0, len(x), self.batch)
        with self._pool().one() as interpreter:
            parts = [interpreter(x[start : start + self.batch]) for start in starts]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)


class _Pool:
    """The interpreters of a network. Making one takes as long as decoding a small image.

    Args:
        make: makes one.
        most: so many run at a time; who asks for another waits.
        kept: of so many the memory is held when none runs.
    """

    def __init__(self, make, most, kept):
        self.make, self.free = make, threading.BoundedSemaphore(most)
        self.idle: deque[_Interpreter] = deque(maxlen=kept)  # drops the oldest for another

    @contextlib.contextmanager
    def one(self):
        """One that no other thread uses meanwhile. After an error it is not used again."""
        with self.free:
            try:
                interpreter = self.idle.pop()
            except IndexError:
                interpreter = self.make()
            yield interpreter
            self.idle.append(interpreter)


def _interpreter(content, name):
    try:
        return _Interpreter(content)
    except (ValueError, RuntimeError) as error:
        fix = "Export it again."
        raise InputError("an exported network", f"{name}: {error}", fix) from None


def _give_freed_memory_back():
    """Makes glibc return each freed block of 1 MiB or more to the system, for the whole process.

    Else it raises that limit to 32 MiB once a larger block is freed, and keeps as much as tiles
    take for each thread that ever worked: hundreds of MiB.
    """
    mmap_threshold = -3  # M_MMAP_THRESHOLD
    with contextlib.suppress(AttributeError, OSError, TypeError):  # not glibc
        ctypes.CDLL(None).mallopt(mmap_threshold, 2**20)


class _Interpreter:
    """LiteRT's interpreter: on one core for images of one size, on all for images of any."""

    def __init__(self, content):
        self.interpreter = Interpreter(model_content=content, num_threads=1)
        signature = self.interpreter.get_input_details()[0]["shape_signature"]
        if -1 in signature[1:]:
            _give_freed_memory_back()
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
