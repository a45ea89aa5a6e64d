"""Results of a small pipeline without training."""

import json
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace

import keras
import numpy as np
import pytest

from image_compressor.codec.codec import Codec
from image_compressor.data import datasets, raw, records
from image_compressor.data.source import SourceImage
from image_compressor.evaluation import comparison, curves, guarded, measures, rivals
from image_compressor.export import Exporter
from image_compressor.ingest import ingestion
from image_compressor.model import trained
from image_compressor.model.compressor import ImageCompressor
from image_compressor.report import report
from image_compressor.training.freezing import freeze
from tests.conftest import config

HISTORY = ("loss", "ssim", "bpp", "l1")


class Results(SimpleNamespace):
    """Directories of results; `write` makes the report of them."""

    def write(self, images=8, **others):
        paths = {**vars(self), **others}
        names = ("prepared", "trained", "exported", "reports")
        report.write(*(paths[name] for name in names), images)
        return paths["reports"] / report.PAGE

    @cached_property
    def page(self):
        """The report as it is by default, which tests must not change."""
        return self.write()


def results(directory: Path, shape, test: int = 10, model=None) -> Results:
    """Makes the results of an untrained codec for random images, `test` of them in the test split.

    Args:
        model: an ImageCompressor and its tables, used instead of an untrained one.
    """
    keras.utils.set_random_seed(0)
    paths = {name: directory / name for name in ("raw", "prepared", "trained", "exported")}
    images = _images(test + 4, shape)
    placed = ["test"] * test + ["train"] * 2 + ["validation"] * 2
    sources = [
        SourceImage(f"{number}.png", image, "", split)
        for number, (image, split) in enumerate(zip(images, placed, strict=True))
    ]
    with pytest.MonkeyPatch.context() as patch:  # starting processes takes a second
        patch.setattr(ingestion, "processes", lambda: ThreadPoolExecutor(2))
        ingestion.write(sources, paths["raw"])
    records.write(sources, paths["prepared"], 0.1, 0.1, 10**6)

    compressor, qualities = model or untrained(shape)
    trained.save(compressor, qualities, paths["trained"])
    Exporter(compressor, qualities).export(paths["exported"])

    reports = directory / "reports"
    for name in (
        "evaluation",
        "rivals",
        "training/plots/metrics/train",
        "training/plots/metrics/eval",
    ):
        (reports / name).mkdir(parents=True)
    (reports / "images.json").write_text(json.dumps(raw.facts(paths["raw"])))
    test_images = datasets.sample(paths["prepared"], "test")
    codec = Codec.load(paths["exported"])
    evaluation = measures.evaluate(codec, test_images, 50)
    curve = measures.curve_of_each(codec, test_images, [1, 40, 70, 100])
    compared = {name: rivals.measure_each(name, test_images, 4) for name in ("jpeg", "webp-sheet")}
    for name, measured in compared.items():
        curves.save(measured.curve(), reports / f"rivals/{name}.csv")
    curves.save(curve.curve(), reports / "evaluation/rates.csv")
    guard = guarded.with_floors(codec, test_images)
    metrics = {
        **evaluation.measures.to_dict(),
        **measures.colours(test_images, evaluation.reconstructions),
        "guard": guarded.facts(guard, test_images, 50),
        **comparison.compare(curve, compared),
    }
    (reports / "evaluation/measures.json").write_text(json.dumps(metrics))
    evaluation.save_table(reports / "evaluation/images.csv")
    for part in ("train", "eval"):
        for name in HISTORY:
            table = f"step\t{name}\n0\t0.5\n1\t0.25\n"
            (reports / f"training/plots/metrics/{part}/{name}.tsv").write_text(table)
    return Results(**paths, reports=reports)


def untrained(shape):
    compressor = ImageCompressor(config(shape), 6)
    latents = compressor.generator.encoder.layers[-1]
    latents.kernel.assign(20 * latents.kernel)
    return compressor, freeze(compressor)


def _images(count, shape):
    rng = np.random.default_rng(0)
    y, x = np.mgrid[: shape[0], : shape[1]] / 16
    waves = [np.sin(a * x + b * y + c) for a, b, c in rng.uniform(0, 6, (count * shape[2], 3))]
    planes = np.uint8(np.round(127.5 + 127.5 * np.stack(waves)))
    return planes.reshape(count, shape[2], *shape[:2]).transpose(0, 2, 3, 1)


@pytest.fixture(scope="session")
def grey(tmp_path_factory):
    return results(tmp_path_factory.mktemp("grey"), (16, 16, 1))


@pytest.fixture(scope="session")
def colour(tmp_path_factory):
    return results(tmp_path_factory.mktemp("colour"), (32, 32, 3))


@pytest.fixture(scope="session")
def photographs(tmp_path_factory, photographer, photo_qualities):
    """Results of a codec for images of any size."""
    directory = tmp_path_factory.mktemp("photographs")
    return results(directory, (48, 64, 3), 4, (photographer, photo_qualities))
