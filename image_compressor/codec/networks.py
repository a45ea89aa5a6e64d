"""Runs an exported encoder and decoder on LiteRT."""

import os
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from image_compressor.errors import InputError

ENCODER, DECODER = "encoder.tflite", "decoder.tflite"


class Networks(Protocol):
    """What a codec needs of its networks; `model.Generator` is one too."""

    @property
    def image_shape(self) -> tuple[int, ...]: ...  # (H, W, C)

    @property
    def latent_shape(self) -> tuple[int, ...]: ...  # (..., channels)

    def encode(self, x: np.ndarray) -> Any:
        """float32 images [N, H, W, C] in 0..1 -> float latents [N, ..., channels]."""

    def decode(self, y_hat: np.ndarray) -> Any:
        """float32 rounded latents -> float images in 0..1."""


class LiteRTNetworks:
    """`Networks` from `encoder.tflite` and `decoder.tflite` in a directory.

    Raises InputError where a file is missing or no LiteRT model.
    """

    def __init__(self, directory):
        self._encoder = _Network(Path(directory) / ENCODER)
        self._decoder = _Network(Path(directory) / DECODER)
        self.image_shape = self._encoder.input_shape
        self.latent_shape = self._decoder.input_shape

    def encode(self, x):
        return self._encoder(x)

    def decode(self, y_hat):
        return np.clip(self._decoder(y_hat), 0.0, 1.0)


class _Network:
    def __init__(self, path):
        try:
            self.interpreter = Interpreter(model_path=str(path), num_threads=os.cpu_count())
            self.interpreter.allocate_tensors()
        except (ValueError, RuntimeError, OSError) as error:
            raise InputError(
                "an exported network", f"{path}: {error}", "Export it again."
            ) from None
        self.input = self.interpreter.get_input_details()[0]
        self.output = self.interpreter.get_output_details()[0]["index"]
        self.input_shape = tuple(int(size) for size in self.input["shape_signature"][1:])
        self.batch = 1

    def __call__(self, x):
        if len(x) != self.batch:
            self.interpreter.resize_tensor_input(self.input["index"], x.shape)
            self.interpreter.allocate_tensors()
            self.batch = len(x)
        self.interpreter.set_tensor(self.input["index"], np.ascontiguousarray(x, np.float32))
        self.interpreter.invoke()
        return self.interpreter.get_tensor(self.output)
