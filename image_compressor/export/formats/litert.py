"""Networks as LiteRT files, which a Codec runs."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from image_compressor.codec.codec import Codec
from image_compressor.codec.exported import read
from image_compressor.codec.litert import LiteRTNetwork
from image_compressor.codec.networks import LiteRTNetworks
from image_compressor.export.trained_model import TrainedModel
from image_compressor.export.verification import QUALITIES, check_codec, check_full
from image_compressor.model.compressor import ImageCompressor
from image_compressor.model.layers import ROOT

FULL = "full.tflite"
EXACT = "hyper_decoder"  # whole numbers of up to 24 bits, too large for float16


def write(trained: TrainedModel, directory: Path) -> None:
    """Writes encoder.tflite, decoder.tflite and, in mode full, full.tflite; float32 in and out.

    In float16, weights take half the bytes, and computations are in float32. In int8, weights take
    a quarter, and computations are in integers (Jacob et al. 2018, "Quantization and training of
    neural networks for efficient integer-arithmetic-only inference"). The encoder uses dynamic
    scales, set by each input, which costs nothing. LiteRT does not support these for transposed
    convolutions, so the decoder's scales are calibrated with its images. full.tflite,
    which rounds internally, then stays float32. A hyper-decoder is always float32.
    """
    for name, network in trained.networks.items():
        if trained.precision == "int8" and name == "decoder":
            network = _clipped(network)
        path = directory / f"{name}.tflite"
        network.export(path, format="litert", verbose=False, **_settings(trained, name))


def verify(trained: TrainedModel, directory: Path) -> None:
    """Raises InputError if the files compute something else.

    Files in float16 are compared with Keras networks with the same rounded weights. In int8, the
    function is a different one, so only its cost is measured.
    """
    if trained.precision == "float16":
        trained = replace(trained, compressor=halved(trained))
    if trained.precision != "int8":
        written = Codec(LiteRTNetworks(read(directory)), trained.qualities)
        check_codec("litert", written, trained)
    if trained.full:
        check_full("litert", LiteRTNetwork((directory / FULL).read_bytes(), FULL), trained)


def _clipped(decoder):
    """Adds clipping, so that no integers are spent on pixels outside 0..1: costs 1/3 less SSIM."""
    clip = keras.layers.Activation(lambda x: ops.clip(x, 0.0, 1.0))
    return keras.Sequential([keras.Input(decoder.input_shape[1:]), *decoder.layers, clip])


def halved(trained: TrainedModel) -> ImageCompressor:
    """Copies the model with weights in float16's precision, except for a hyper-decoder."""
    copy = ImageCompressor.from_config(trained.compressor.get_config())
    copy.set_weights(trained.compressor.get_weights())
    networks = replace(trained, compressor=copy, full=False).networks
    for name in networks.keys() - {EXACT}:
        for weight in networks[name].weights:
            value = ops.convert_to_numpy(weight)
            # LiteRT stores the squares of a GDN's weights.
            root = weight.name.endswith(ROOT)
            weight.assign(np.sqrt(_half(np.square(value))) if root else _half(value))
    return copy


def _half(values):
    return np.float32(np.float16(values))


def _settings(trained, name) -> dict[str, Any]:
    """Returns the settings for TensorFlow's LiteRT converter."""
    if name == EXACT:
        return {}
    smaller = {"optimizations": [tf.lite.Optimize.DEFAULT]}
    if trained.precision == "float16":
        return {**smaller, "target_spec": {"supported_types": [tf.float16]}}
    if trained.precision == "int8" and name == "decoder":
        latents = _latents(trained)
        return {**smaller, "representative_dataset": lambda: ([y[None]] for y in latents)}
    return smaller if trained.precision == "int8" and name == "encoder" else {}


def _latents(trained):
    """Returns latents to calibrate the decoder with: float32, for every fourth trained image.

    Few images are better, because scales cover the largest value seen: with 256 digits, int8 loses
    1.5 times as much SSIM as with 8.
    """
    codec, images = trained.codec, trained.images[::4]
    latents = [
        codec.encode(images, quality) * codec.tables(quality).widths for quality in QUALITIES
    ]
    return np.concatenate(latents).astype(np.float32)
