"""Trains codecs for MNIST's digits on all 60,000, through the Python API, and measures them.

    python -m benchmarks.measure.digits best                  trains it, into models/best
    python -m benchmarks.measure.digits best --codec DIR      measures a trained codec

TFDS_DATA_DIR must have `mnist`, prepared by tensorflow-datasets. The settings are in digits.yaml.
"""

import argparse
import os
import sys
import time
from pathlib import Path

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds
from ruamel.yaml import YAML

from image_compressor.codec.codec import Codec
from image_compressor.data import datasets
from image_compressor.errors import InputError
from image_compressor.evaluation import curves, measures
from image_compressor.export import Exporter
from image_compressor.model import architecture
from image_compressor.model.compressor import ImageCompressor
from image_compressor.training.freezing import freeze
from image_compressor.training.training import make_deterministic, train

VALIDATION = 1000  # of the 60,000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="settings in digits.yaml")
    parser.add_argument("--codec", help="measure this codec instead of training one")
    options = parser.parse_args()
    codec = options.codec or f"models/{options.name}"
    try:
        if not options.codec:
            seconds = train_codec(settings(options.name), Path(codec))
            print(f"{codec}: trained on 60,000 digits in {seconds:.0f} s")
        print_curve(Codec.load(codec))
    except InputError as error:
        sys.exit(str(error))


def images(split: str) -> np.ndarray:
    """Reads `train` or `test`, prepared in TFDS_DATA_DIR, as uint8 [N, 28, 28, 1]."""
    data_dir = os.environ.get("TFDS_DATA_DIR", tfds.core.constants.DATA_DIR)
    if not (Path(data_dir).expanduser() / "mnist").is_dir():
        raise InputError(
            f"{data_dir} has no mnist. Prepare it with tensorflow-datasets on a machine with a "
            "network, and set TFDS_DATA_DIR to its data_dir."
        )
    dataset = tfds.load("mnist", split=split, data_dir=data_dir, download=False)
    return np.stack([example["image"] for example in dataset.as_numpy_iterator()])


def train_codec(settings: dict, directory: Path) -> float:
    """Trains a codec on the training digits and exports it; returns the seconds of training.

    Args:
        settings: like the section `train` of params.yaml.
    """
    started = time.monotonic()
    compressor = trained(settings)
    seconds = time.monotonic() - started
    qualities = freeze(compressor, images("train"), settings["classes"])
    tests = images("test")
    measured = measures.evaluate(Codec(compressor.networks, qualities), tests, 50).measures
    card = {
        "data": "MNIST's 60,000 training digits (Y. LeCun, C. Cortes; CC BY-SA 3.0)",
        "parameters": {"train": settings},
        "seconds": round(seconds),
        "metrics": measured.to_dict(),
    }
    exporter = Exporter(compressor, qualities, images("train"))
    exporter.export(directory, card=card, check_with=(tests, card["metrics"]), precision="float16")
    return seconds


def trained(settings: dict) -> ImageCompressor:
    """Trains a model on the training digits."""
    make_deterministic(settings["seed"])
    dataset = tf.data.Dataset.from_tensor_slices(images("train"))
    compressor = ImageCompressor(
        architecture.read(settings["architecture"]),
        settings["latent_dims"],
        settings["alpha"],
        settings["rate_weights"],
        settings["levels"],
        settings["seed"],
    )
    batches = datasets.training_batches(
        dataset.skip(VALIDATION), settings["batch_size"], settings["shift"], settings["seed"]
    )
    validation = datasets.validation_batches(dataset.take(VALIDATION), 500)
    train(compressor, batches, validation, settings["epochs"], settings["learning_rate"])
    return compressor


def settings(name: str) -> dict:
    """Reads a section of benchmarks/measure/digits.yaml."""
    return YAML(typ="safe").load(Path(__file__).with_suffix(".yaml").read_text("utf-8"))[name]


def print_curve(codec: Codec, qualities=range(1, 101, 9)) -> None:
    """Prints bytes and distortion on the 10,000 test digits, through files."""
    curve = measures.curve(codec, images("test"), qualities)
    for point in curve:
        print(
            f"quality {point.setting:3.0f}: {point.bytes_per_image:6.2f} bytes per image, "
            f"SSIM {point.ssim:.4f}, PSNR {point.psnr:.2f} dB"
        )
    print(f"{curves.at_ssim(curve, 0.95):.2f} bytes per image at SSIM .95")


if __name__ == "__main__":
    main()
