"""The networks as LiteRT: what a Codec runs."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops

from image_compressor.codec.codec import Codec
from image_compressor.codec.networks import LiteRTNetwork, LiteRTNetworks
from image_compressor.export.source import Source
from image_compressor.export.verification import QUALITIES, check_codec, check_full
from image_compressor.model.generator import Generator


def write(source: Source, directory: Path) -> None:
    """encoder.tflite, decoder.tflite and perhaps full.tflite; float32 in and out.

    In float16 their weights take half the bytes, and are computed with in float32. In int8 they
    take a quarter, and are computed with in integers (Jacob et al. 2018, "Quantization and
    training of neural networks for efficient integer-arithmetic-only inference"): in the encoder
    at scales that each input sets, which costs nothing; in the decoder, whose transposed
    convolutions LiteRT has not so, at scales calibrated with the source's images. full.tflite,
    which rounds itself, is float32 then.
    """
    for name, network in source.networks.items():
        if source.precision == "int8" and name == "decoder":
            network = _clipped(network)
        path = directory / f"{name}.tflite"
        network.export(path, format="litert", verbose=False, **_settings(source, name))


def verify(source: Source, directory: Path) -> None:
    """Raises InputError where they compute something else.

    Those of float16 are compared with Keras networks of the same rounded weights. What computes in
    int8 is another function: of it only the cost is measured.
    """
    if source.precision == "float16":
        source = replace(source, generator=halved(source.generator))
    if source.precision != "int8":
        written = Codec(LiteRTNetworks(directory), source.qualities)
        check_codec("litert", written, source)
    if source.full:
        check_full("litert", LiteRTNetwork(directory / "full.tflite"), source)


def _clipped(decoder):
    """It spends no integers on pixels outside 0..1: a third less of SSIM is lost."""
    clip = keras.layers.Activation(lambda x: ops.clip(x, 0.0, 1.0))
    return keras.Sequential([keras.Input(decoder.input_shape[1:]), *decoder.layers, clip])


def halved(generator: Generator) -> Generator:
    """A copy whose weights have float16's precision."""
    copy = Generator.from_config(generator.get_config())
    copy.set_weights([np.float32(np.float16(weight)) for weight in generator.get_weights()])
    return copy


def _settings(source, name) -> dict[str, Any]:
    """Of TensorFlow's LiteRT converter."""
    smaller = {"optimizations": [tf.lite.Optimize.DEFAULT]}
    if source.precision == "float16":
        return {**smaller, "target_spec": {"supported_types": [tf.float16]}}
    if source.precision == "int8" and name == "decoder":
        latents = _latents(source)
        return {**smaller, "representative_dataset": lambda: ([y[None]] for y in latents)}
    return smaller if source.precision == "int8" and name == "encoder" else {}


def _latents(source):
    """What the decoder is calibrated with: float32, of every fourth of the source's images.

    Of few, for scales reach to the largest value seen: with 256 digits int8 loses half as much
    SSIM again as with 8.
    """
    codec, images = source.codec, source.images[::4]
    latents = [
        codec.encode(images, quality) * codec.tables(quality).widths for quality in QUALITIES
    ]
    return np.concatenate(latents).astype(np.float32)
