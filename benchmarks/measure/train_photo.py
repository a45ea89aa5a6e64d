"""Trains the codec `photo` on pictures of any size, through the Python API.

    python -m benchmarks.measure.train_photo DIR [--out models/photo-new]

An hour on 2 cores. After Ctrl-C, the same command goes on after the last whole epoch.
The settings are in train_photo.yaml. It begins with the weights of a released codec. JPEGs and
large pictures are halved first, which takes the artefacts of their own compression away. Some of
the squares that are cut out of the pictures are replaced by areas of plain colours, which
photographs do not have.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tensorflow as tf
from ruamel.yaml import YAML

from benchmarks.measure import photos
from image_compressor.codec.codec import Codec
from image_compressor.data import datasets
from image_compressor.errors import InputError
from image_compressor.evaluation import measures
from image_compressor.export import Exporter
from image_compressor.images.fitting import Policy
from image_compressor.images.similarity import halved
from image_compressor.model import architecture
from image_compressor.model.compressor import ImageCompressor
from image_compressor.training.freezing import freeze
from image_compressor.training.progress import Progress, fingerprint
from image_compressor.training.start import begin
from image_compressor.training.training import make_deterministic, train

SETTINGS = Path(__file__).with_suffix(".yaml")
LARGE = 2**20  # pixels of a picture that is halved
VALIDATION = 12  # every 12th picture, of which the centre is taken
CENTRE = 256  # pixels per side
SQUARE = 512 * 512  # pixels of a picture for each square that an epoch cuts out of it
PICTURE = tf.TensorSpec((None, None, 3), "uint8")
CELLS = 4  # areas of plain colours along an axis, of half a crop each


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("directory", type=Path, help="directory of pictures, lossless if possible")
    parser.add_argument("--out", type=Path, default=Path("models/photo-new"))
    parser.add_argument("--settings", default="photo", help="settings in train_photo.yaml")
    options = parser.parse_args()
    try:
        described = YAML(typ="safe").load(SETTINGS.read_text("utf-8"))
        train_codec(described[options.settings], [*pictures(options.directory)], options.out)
    except InputError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Stopped. The same command goes on after the last whole epoch.")


def pictures(directory: Path) -> Iterator[np.ndarray]:
    """Yields the pictures below a directory, uint8 [H, W, 3], some of them halved."""
    policy = Policy(3)
    for name, photograph in photos.named(directory):
        picture = policy.apply(photograph)
        lossy = name.lower().endswith((".jpg", ".jpeg"))
        if lossy or picture[..., 0].size > LARGE:
            picture = np.rint(halved(picture[None])[0]).astype(np.uint8)
        yield picture


def train_codec(settings: dict, images: list[np.ndarray], directory: Path) -> None:
    """Trains a codec and exports it.

    Args:
        settings: like the section `train` of params.yaml; also `steps`, of an epoch, and `plain`,
            the share of crops that are replaced by plain colours.
    """
    started = time.monotonic()
    make_deterministic(settings["seed"])
    kept = images[::VALIDATION]
    learned = [image for number, image in enumerate(images) if number % VALIDATION]
    compressor = ImageCompressor(
        architecture.read(settings["architecture"]),
        *(settings[name] for name in ("latent_dims", "alpha", "rate_weights", "levels", "seed")),
        similarity=settings["similarity"],
        terms=settings["terms"],
    )
    begin(compressor, settings["start"])
    key = fingerprint(settings, dataset_of(images))
    progress = Progress(directory.with_suffix(".progress.npz"), key)
    train(
        compressor,
        batches(learned, settings),
        datasets.validation_batches(centres(kept), settings["batch_size"]),
        settings["epochs"],
        settings["learning_rate"],
        settings["largest_gradient"],
        settings["averaging"],
        progress=progress,
    )
    export(compressor, learned, kept, directory, settings, time.monotonic() - started)
    progress.end()


def centres(images: list[np.ndarray]) -> tf.data.Dataset:
    """Squares from the middles of the pictures that have one."""
    found = []
    for image in images:
        top, left = ((size - CENTRE) // 2 for size in image.shape[:2])
        if min(top, left) >= 0:
            found.append(image[top : top + CENTRE, left : left + CENTRE])
    if not found:
        raise InputError(f"No picture for validation has {CENTRE}x{CENTRE} pixels. Add pictures.")
    return tf.data.Dataset.from_tensor_slices(np.stack(found))


def dataset_of(images: list[np.ndarray]) -> tf.data.Dataset:
    """A dataset of pictures of different sizes."""
    return tf.data.Dataset.from_generator(lambda: iter(images), output_signature=PICTURE)


def batches(images: list[np.ndarray], settings: dict) -> tf.data.Dataset:
    """Batches for `fit`: random squares, of a large picture more than of a small one."""
    crop, seed, steps = settings["crop"], settings["seed"], settings["steps"]
    often = [image for image in images for _ in range(max(1, image[..., 0].size // SQUARE))]
    dataset = dataset_of(often).shuffle(len(often), seed=seed).repeat()
    seeds = tf.data.Dataset.random(seed + 1, rerandomize_each_iteration=True).batch(2)

    def square(image, seed):
        image = datasets.window(image, seed, crop)
        # Half of all channels are 0 or 255: the corners of the cube of colours are the hardest.
        drawn = tf.random.stateless_uniform([CELLS, CELLS, 3], seed + 1, -128, 384, tf.int32)
        colours = tf.cast(tf.clip_by_value(drawn, 0, 255), tf.uint8)
        cells = tf.repeat(tf.repeat(colours, crop // 2, 0), crop // 2, 1)
        chances = tf.random.stateless_uniform([2], seed + 3)
        plain = datasets.window(cells, seed + 2, crop)
        image = tf.where(chances[0] < settings["plain"], plain, image)
        return tf.where(chances[1] < 0.5, image[:, ::-1], image)

    squares = tf.data.Dataset.zip(dataset, seeds).map(square, tf.data.AUTOTUNE)
    taken = squares.batch(settings["batch_size"]).take(steps)
    taken = taken.map(lambda x: (tf.cast(x, tf.float32) / 255,) * 2, tf.data.AUTOTUNE)
    return taken.prefetch(2).apply(tf.data.experimental.assert_cardinality(steps))


def export(compressor, learned, kept, directory, settings, seconds) -> None:
    """Freezes and exports the codec; the kept pictures become the floors of its guard."""
    qualities = freeze(compressor, learned, hyper_steps=settings["hyper_steps"])
    measured = measures.evaluate(Codec(compressor.networks, qualities), kept, 50).measures
    card = {
        "data": f"{len(learned)} pictures",
        "parameters": {"train": settings},
        "seconds": round(seconds),
        "metrics": measured.to_dict(),
    }
    exporter = Exporter(compressor, qualities, kept)
    exporter.export(directory, card=card, check_with=(kept, card["metrics"]), precision="float16")
    print(f"{directory}: trained in {seconds:.0f} s. Measure it: benchmarks.measure.photos")


if __name__ == "__main__":
    main()
