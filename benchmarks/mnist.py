"""Codecs on MNIST's own 10,000 test digits, through files: bytes an image and SSIM.

    python -m benchmarks.mnist --data-dir DIR                  what `make reproduce` exported
    python -m benchmarks.mnist --data-dir DIR --train-epochs 14   one trained on all 60,000

DIR holds `mnist` as tensorflow-datasets prepared it. The second trains models/digits.json through
the Python API, with the parameters below, and prints the seconds that took.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

from image_compressor import Codec
from image_compressor.data import datasets
from image_compressor.evaluation.measures import evaluate
from image_compressor.export import Exporter
from image_compressor.model import architecture
from image_compressor.model.compressor import ImageCompressor
from image_compressor.model.freeze import freeze
from image_compressor.model.training import make_deterministic, train

RATE_WEIGHT, BATCH_SIZE, LEARNING_RATE, VALIDATION = 0.3, 128, 0.004, 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", required=True)
    parser.add_argument("--train-epochs", type=int)
    parser.add_argument("--codec", type=Path, default=Path("models/exported"))
    options = parser.parse_args()
    if options.train_epochs:
        options.codec = Path(tempfile.mkdtemp()) / "mnist"
        train_codec(digits("train", options.data_dir), options.train_epochs, options.codec)
    print(evaluate(Codec.load(options.codec), digits("test", options.data_dir)).measures)


def digits(split: str, data_dir: str) -> np.ndarray:
    """uint8 [N, 28, 28, 1]."""
    dataset = tfds.load("mnist", split=split, data_dir=data_dir, download=False)
    return np.stack([example["image"] for example in dataset.as_numpy_iterator()])


def train_codec(images: np.ndarray, epochs: int, directory: Path) -> None:
    started = time.monotonic()
    make_deterministic(0)
    dataset = tf.data.Dataset.from_tensor_slices(images)
    compressor = ImageCompressor(
        architecture.read("models/digits.json"), latent_dims=50, rate_weight=RATE_WEIGHT
    )
    train(
        compressor,
        datasets.training_batches(dataset.skip(VALIDATION), BATCH_SIZE, shift=1, seed=0),
        datasets.validation_batches(dataset.take(VALIDATION), 500),
        epochs,
        LEARNING_RATE,
    )
    Exporter(compressor, freeze(compressor.density)).export(directory, "encoder-decoder", {})
    print(f"trained on {len(images)} digits in {time.monotonic() - started:.0f} s: {directory}")


if __name__ == "__main__":
    main()
