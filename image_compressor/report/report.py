"""What the stages wrote -> the page and its pictures."""

import base64
import math
from collections.abc import Mapping
from dataclasses import fields
from importlib.metadata import version
from pathlib import Path

import numpy as np
from markupsafe import Markup

from image_compressor.codec.codec import Codec
from image_compressor.codec.networks import DECODER
from image_compressor.codec.policy import CARD
from image_compressor.codec.tables import TABLES
from image_compressor.data import datasets, records, splits
from image_compressor.errors import InputError
from image_compressor.evaluation import curves
from image_compressor.evaluation.curves import Point
from image_compressor.evaluation.measures import Measures
from image_compressor.files import replace_file
from image_compressor.model import trained
from image_compressor.report import complexity, examples, figures, network, page, results
from image_compressor.report.headline import headline
from image_compressor.report.series import OURS, ordered
from image_compressor.report.svg import inline, save

PAGE = "report.html"
LARGEST = 3_000_000  # bytes; with a larger codec the page asks for its files
METRICS = [field.name for field in fields(Measures)] + ["bd_rate_ssim", "bd_rate_psnr"]
IMAGES = ("images", "bytes", "sizes", "labels", "different", "rejected", "rejections")
CARD_KEYS = ("id", "architecture", "versions")
RIVALS_BY = ("imagecodecs", "pillow")  # the packages that wrote the rivals' files


def write(
    prepared: Path,
    trained_directory: Path,
    exported: Path,
    reports: Path,
    images: int,
    about: Mapping[str, str],
) -> int:
    """Writes report.html, and curves and network as .svg and .png, into `reports`.

    Args:
        reports: with images.json and the results of rivals, training and evaluation.
        images: how many of the test split to show beside the rivals; of large ones fewer.
        about: what else made this, for the list of versions.

    Returns the bytes of the page. Raises InputError where something is missing or broken.
    """
    rivals = curves.read_all(reports / "rivals")
    rate_curves = {
        OURS: curves.read(reports / "evaluation/rates.csv"),
        **{name: rivals[name] for name in ordered(rivals)},
    }
    metrics = results.read_json(reports / "evaluation/metrics.json", METRICS, "dvc repro evaluate")
    card = results.read_json(exported / CARD, CARD_KEYS, "dvc repro export")
    facts = records.read_facts(prepared)
    contents = {
        "headline": headline(metrics, rivals),
        "metrics": metrics,
        "rivals": ordered(rivals),
        "card": card,
        "shape": tuple(facts["shape"]),
        "data": results.read_json(reports / "images.json", IMAGES, "dvc repro ingest"),
        "splits": facts["splits"],
        "versions": {
            **about,
            **card["versions"],
            **{package: version(package) for package in RIVALS_BY},
        },
        **_curves(rate_curves, reports),
        **_images(Codec.load(exported), prepared, metrics, images, reports),
        **_training(reports / "training"),
        **_network(trained_directory, reports),
    }
    html = page.render({**contents, "codec": _codec(exported)}).encode()
    if len(html) > LARGEST:
        html = page.render({**contents, "codec": {}}).encode()
    with replace_file(reports / PAGE, force=True) as file:
        file.write(html)
    return len(html)


def _curves(rate_curves: Mapping[str, list[Point]], reports):
    found = {}
    for name, size in (("wide", figures.WIDE), ("narrow", figures.NARROW)):
        figure, points = figures.rate_distortion(rate_curves, size)
        label = "SSIM over bytes an image, of this codec and the rivals"
        found[f"curves_{name}"] = Markup(inline(figure, points, label))
        if size == figures.WIDE:
            _save(figure, reports / "curves")
    return found


def _images(codec, prepared, metrics, count, reports):
    test = datasets.array(prepared, splits.TEST)
    table = results.per_image(reports / "evaluation/images.csv")
    if len(table["ssim"]) != len(test):
        raise InputError(
            f"{len(test)} rows in images.csv, one a test image",
            len(table["ssim"]),
            "Run `dvc repro evaluate`.",
        )
    quality, shown = metrics["quality"], examples.shown(test, count)
    sizes = np.array(table["bytes"])
    return {
        "comparison": examples.equal_bytes(codec, test[shown], quality),
        "alone": examples.alone(codec, test[shown], quality),
        "cases": examples.cases(codec, test, quality, table["ssim"]),
        "cropped": max(test.shape[1:3]) > examples.SIDE,
        "sizes": table["bytes"],
        "histogram": _inline(figures.histogram(sizes), "Bytes of each test image: a histogram"),
    }


def _training(directory):
    history = results.history(directory)
    losses = history["loss"][1]
    charts = [
        _inline(figures.history(metric, *values), f"{metric} over the epochs")
        for metric, values in history.items()
    ]
    return {
        "training": charts,
        "epochs": len(losses),
        "best_epoch": int(np.argmin(losses)) + 1,
    }


def _network(directory, reports):
    generator = trained.load(directory)[0].generator
    parts = {name: complexity.layers(getattr(generator, name)) for name in ("encoder", "decoder")}
    pictures = {
        name: network.draw(generator.image_shape, parts["encoder"], parts["decoder"], columns)
        for name, columns in (("wide", network.WIDE), ("narrow", network.NARROW))
    }
    _save(pictures["wide"], reports / "network")
    layers = [layer for part in parts.values() for layer in part]
    total = sum(layer.macs for layer in layers)
    return {
        "network": parts,
        "totals": {
            "parameters": sum(layer.parameters for layer in layers),
            "macs": total,
            "macs_a_pixel": total / math.prod(generator.image_shape[:2]),
        },
        **{
            f"network_{name}": _inline(figure, "The layers of the network, from image to image")
            for name, figure in pictures.items()
        },
    }


def _codec(directory):
    """What decodes an .imgc file in the browser."""
    files = {"tables": TABLES, "decoder": DECODER}
    return {
        part: base64.b64encode((directory / name).read_bytes()).decode("ascii")
        for part, name in files.items()
    }


def _inline(figure, label):
    return Markup(inline(figure, {}, label))


def _save(figure, path):
    for ending in (".svg", ".png"):
        save(figure, path.with_suffix(ending))
