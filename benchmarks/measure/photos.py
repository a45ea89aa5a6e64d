"""Trains a codec for photographs of any size, and compares it with classical codecs.

    python -m benchmarks.measure.photos train DIR    trains models/photo.json, into models/photo
    python -m benchmarks.measure.photos export DIR   writes models/photo again
    python -m benchmarks.measure.photos measure DIR  compares it with its rivals

The settings are in photos.yaml; training takes one to two hours on 2 cores, and resumes if it was
stopped.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import astuple
from functools import partial
from pathlib import Path

import numpy as np
import tensorflow as tf
from ruamel.yaml import YAML

from image_compressor.codec.codec import Codec
from image_compressor.data import datasets
from image_compressor.errors import InputError
from image_compressor.evaluation import curves, measures, rivals
from image_compressor.export import Exporter
from image_compressor.images import decoding
from image_compressor.images.finding import find
from image_compressor.images.fitting import Policy
from image_compressor.images.unusable import Unusable
from image_compressor.model import architecture, trained
from image_compressor.model.compressor import ImageCompressor
from image_compressor.training.freezing import freeze
from image_compressor.training.progress import Progress, fingerprint
from image_compressor.training.training import make_deterministic, train

PROGRESS = Path("models/photo-trained.progress.npz")  # checkpoint of a stopped training
TRAINED = Path("models/photo-trained")  # before it is exported
RIVALS, POINTS = ("jpeg", "webp", "jpeg-xl", "avif"), 12
QUALITIES = range(1, 101, 9)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("action", choices=("train", "export", "measure"))
    parser.add_argument("directory", type=Path, help="directory of photographs")
    parser.add_argument("--codec", default="models/photo")
    parser.add_argument("--data", default="photographs", help="their description, for the card")
    parser.add_argument("--epochs", type=int, help="instead of the number in photos.yaml")
    parser.add_argument("--every", type=int, default=1, help="measure only every Nth photograph")
    options = parser.parse_args()
    settings = YAML(typ="safe").load(Path(__file__).with_suffix(".yaml").read_text("utf-8"))
    settings["epochs"] = options.epochs or settings["epochs"]
    try:
        if options.action == "train":
            train_codec(options.directory, settings)
        if options.action == "measure":
            measure(options.directory, Codec.load(options.codec), options.every)
        else:
            export_codec(options.directory, settings, Path(options.codec), options.data)
    except InputError as error:
        sys.exit(str(error))


def train_codec(directory: Path, settings: dict) -> None:
    """Trains a codec on the photographs below a directory, into TRAINED."""
    started = time.monotonic()
    make_deterministic(settings["seed"])
    compressor = ImageCompressor(
        architecture.read(settings["architecture"]),
        *(settings[name] for name in ("latent_dims", "alpha", "rate_weights", "levels", "seed")),
    )
    cuts, kept = split(directory, settings)
    images, validation = map(tf.data.Dataset.from_tensor_slices, (cuts, kept))
    progress = Progress(PROGRESS, fingerprint(settings, images, validation))
    train(
        compressor,
        datasets.training_batches(
            images,
            settings["batch_size"],
            0,
            *(settings[name] for name in ("seed", "crop", "flip")),
        ),
        datasets.validation_batches(validation, 4),
        *(settings[name] for name in ("epochs", "learning_rate", "largest_gradient", "averaging")),
        progress=progress,
    )
    trained.save(compressor, freeze(compressor, cuts), TRAINED)
    progress.end()
    print(f"{TRAINED}: trained in {time.monotonic() - started:.0f} s")


def export_codec(directory: Path, settings: dict, output: Path, data: str) -> None:
    """Exports the model trained on the photographs below a directory, as a codec with its card."""
    compressor, qualities = trained.load(TRAINED)
    cuts, kept = split(directory, settings)
    metrics = measures.evaluate(Codec(compressor.networks, qualities), kept, 50).measures.to_dict()
    card = {"data": data, "parameters": {"train": settings}, "metrics": metrics}
    exporter = Exporter(compressor, qualities, cuts[:: max(1, len(cuts) // 8)])
    exporter.export(output, card=card, check_with=(kept, metrics), precision="float16")
    print(f"{output}: {sum(path.stat().st_size for path in output.iterdir()):,} bytes")


def split(directory: Path, settings: dict) -> tuple[np.ndarray, np.ndarray]:
    """Returns (cuts of the training photographs, one of each other), uint8 [N, H, W, 3]."""
    policy, random = Policy(3, "crop", tuple(settings["size"])), np.random.default_rng(0)
    every, cuts, kept = max(2, round(1 / settings["validation"])), [], []
    for number, photograph in enumerate(photographs(directory)):
        if number % every:
            cuts += [policy.apply(photograph, random) for _ in range(settings["cuts"])]
        else:
            kept.append(policy.apply(photograph))
    if not cuts:
        raise InputError(
            f"Training needs at least two photographs, but {directory} has {len(kept)}. Add some."
        )
    return np.stack(cuts), np.stack(kept)


def photographs(directory: Path, every: int = 1) -> Iterator[np.ndarray]:
    """Yields every Nth photograph below a directory, uint8 [H, W, 1 or 3]."""
    for name in [*find(directory).names.values()][::every]:
        try:
            yield decoding.read(directory / name)
        except Unusable as error:
            raise InputError(f"{name} is not a usable photograph ({error}). Remove it.") from None


def measure(directory: Path, codec: Codec, every: int) -> None:
    """Prints rate-distortion curves over whole photographs, one file each."""
    policy = Policy(3)
    pictures = [policy.apply(photograph) for photograph in photographs(directory, every)]
    print(f"{len(pictures)} photographs")
    rates = {name: mean(partial(rivals.measure, name, points=POINTS), pictures) for name in RIVALS}
    rates["this"] = mean(partial(measures.curve, codec, qualities=QUALITIES), pictures)
    pixels = np.mean([picture[..., 0].size for picture in pictures])
    for name, curve in rates.items():
        for point in curve:
            print(
                f"{name:8} {point.setting:5.1f}: {8 * point.bytes_per_image / pixels:.3f} bpp, "
                f"SSIM {point.ssim:.4f}, PSNR {point.psnr:.2f} dB"
            )
    for name in RIVALS:
        ssim, psnr = (curves.bd_rate(rates[name], rates["this"], kind) for kind in ("ssim", "psnr"))
        print(f"BD-rate against {name}: {ssim} % for the same SSIM, {psnr} % for the same PSNR")


def mean(curve: Callable, pictures: list[np.ndarray]) -> list[curves.RatePoint]:
    """Returns the mean of the curves of all pictures."""
    each = [curve(images=picture[None]) for picture in pictures]
    table = np.array([[astuple(point) for point in points] for points in each]).mean(axis=0)
    return [curves.RatePoint(*row) for row in table.tolist()]


if __name__ == "__main__":
    main()
