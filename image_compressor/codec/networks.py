"""Runs an exported encoder and decoder on LiteRT."""

import threading
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from image_compressor.errors import InputError

ENCODER, DECODER = "encoder.tflite", "decoder.tflite"
BATCH = 64  # images at once: their activations stay in a core's cache


class Networks(Protocol):
    """What a codec needs of its networks; `model.Generator` is one too."""

    @property
    def image_shape(self) -> tuple[int, ...]: ...  # (H, W, C)

    @property
    def latent_shape(self) -> tuple[int, ...]: ...  # (..., channels)

    def encode(self, x: np.ndarray) -> Any:
        """float32 images [N, H, W, C] in 0..1 -> float latents [N, ..., channels]."""

    def decode(self, y_hat: np.ndarray) -> Any:
        """float32 quantised latents -> float images in 0..1."""


class LiteRTNetworks:
    """`Networks` from `encoder.tflite` and `decoder.tflite` in a directory, which are read once.

    May be called from several threads at once: each runs on one core, with interpreters of its
    own.

    Raises InputError where a file is missing or no LiteRT model.
    """

    def __init__(self, directory):
        self._encoder = LiteRTNetwork(Path(directory) / ENCODER)
        self._decoder = LiteRTNetwork(Path(directory) / DECODER)
        self.image_shape = self._encoder.input_shape
        self.latent_shape = self._decoder.input_shape

    def encode(self, x):
        return self._encoder(x)

    def decode(self, y_hat):
        images = self._decoder(y_hat)
        return np.clip(images, 0.0, 1.0, out=images)


class LiteRTNetwork:
    """float32 arrays [N, ...] -> float32 arrays [N, ...], from one .tflite file."""

    def __init__(self, path):
        self.path, self.local = Path(path), threading.local()
        # Each thread has an interpreter of it, also when another codec lies there meanwhile.
        self.content = self._read()
        details = self._interpreter().get_input_details()[0]
        self.input_shape = tuple(int(size) for size in details["shape_signature"][1:])

    def __call__(self, x):
        parts = [self._run(x[start : start + BATCH]) for start in range(0, len(x), BATCH)]
        return np.concatenate(parts)

    def _run(self, x):
        interpreter, local = self._interpreter(), self.local
        if len(x) != local.batch:
            interpreter.resize_tensor_input(local.input, x.shape)
            interpreter.allocate_tensors()
            local.batch = len(x)
        interpreter.set_tensor(local.input, np.ascontiguousarray(x, np.float32))
        interpreter.invoke()
        return interpreter.get_tensor(local.output)

    def _interpreter(self):
        """This thread's."""
        local = self.local
        if not hasattr(local, "interpreter"):
            try:
                local.interpreter = Interpreter(model_content=self.content, num_threads=1)
                local.interpreter.allocate_tensors()
            except (ValueError, RuntimeError) as error:
                raise self._unfit(error) from None
            local.input = local.interpreter.get_input_details()[0]["index"]
            local.output = local.interpreter.get_output_details()[0]["index"]
            local.batch = 1
        return local.interpreter

    def _read(self):
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise self._unfit(error) from None

    def _unfit(self, error):
        return InputError("an exported network", f"{self.path}: {error}", "Export it again.")
