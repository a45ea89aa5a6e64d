"""Measures the effect of adversarial training on bytes, SSIM and perceptual quality.

    python -m benchmarks.measure.adversarial    after `make reproduce`

It trains the model further for some epochs, on its training images, and compares it before and
after on the test images, at three qualities. Perceptual quality is the random-feature Frechet
distance to the originals (`evaluation.perception`). The picture shows originals with their
reconstructions before and after.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tensorflow as tf
from ruamel.yaml import YAML

from image_compressor.codec.codec import Codec
from image_compressor.data import datasets, splits
from image_compressor.evaluation import pictures
from image_compressor.evaluation.measures import evaluate
from image_compressor.evaluation.perception import frechet
from image_compressor.model import trained
from image_compressor.model.compressor import ImageCompressor
from image_compressor.training.freezing import freeze
from image_compressor.training.training import make_deterministic, train

QUALITIES = (10, 50, 90)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--weight", type=float, default=0.01)
    parser.add_argument("--learning-rate", type=float, default=0.0003)
    parser.add_argument("--picture", type=Path, default=Path("adversarial.png"))
    options = parser.parse_args()
    make_deterministic(0)
    compressor, images, batches, validation, tests = of_pipeline()
    before = report("before", compressor, images, tests)
    history = train(
        compressor,
        batches,
        validation,
        options.epochs,
        options.learning_rate,
        largest_gradient=1.0,
        averaging=0.99,
        adversarial=options.weight,
    )
    print("loss of each epoch:", *(f"{loss:.3f}" for loss in history.history["loss"]))
    after = report("after", compressor, images, tests)
    both = np.concatenate([before, after], axis=2)
    pictures.grid(tests[: len(both)], both, columns=4).save(options.picture)


def of_pipeline() -> tuple:
    """Returns models/trained, its images, training and validation batches, and test images."""
    compressor, _ = trained.load(Path("models/trained"))
    settings = YAML(typ="safe").load(Path("params.yaml").read_text("utf-8"))["train"]
    images, kept, tests = (datasets.sample(Path("data/prepared"), name) for name in splits.SPLITS)
    return compressor, images, *batched(images, kept, settings), tests


def batched(images: np.ndarray, kept: np.ndarray, settings: dict) -> Iterator:
    """Yields the training batches, then the validation batches."""
    names = ("batch_size", "shift", "seed", "crop", "flip")
    training, validation = map(tf.data.Dataset.from_tensor_slices, (images, kept))
    yield datasets.training_batches(training, *(settings[name] for name in names))
    yield datasets.validation_batches(validation, settings["batch_size"])


def report(name: str, compressor: ImageCompressor, images: np.ndarray, tests: np.ndarray):
    """Prints the measures at each quality; returns the first 24 images at the lowest."""
    codec = Codec(compressor.networks, freeze(compressor, images))
    evaluations = [evaluate(codec, tests, quality) for quality in QUALITIES]
    for evaluation in evaluations:
        m = evaluation.measures
        print(
            f"{name}: quality {m.quality}: {m.bytes_per_image:.2f} bytes per image, "
            f"SSIM {m.ssim:.4f}, PSNR {m.psnr:.2f} dB, "
            f"distance {frechet(tests, evaluation.reconstructions):.3f}"
        )
    return evaluations[0].reconstructions[:24]


if __name__ == "__main__":
    main()
