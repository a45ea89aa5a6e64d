"""Sections of the page: their contents, named as in report.html."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from image_compressor.codec.codec import Codec
from image_compressor.codec.exported import NETWORKS
from image_compressor.data import datasets, splits
from image_compressor.errors import InputError
from image_compressor.evaluation.curves import METRICS, RatePoint, measured
from image_compressor.images.groups import chosen
from image_compressor.model import trained
from image_compressor.report import complexity, drawing, examples, figures, results
from image_compressor.report.series import OURS, ordered
from image_compressor.report.svg import inline, save

SIDE = 256  # pixels


def curves(
    ours: Sequence[RatePoint], rivals: Mapping[str, Sequence[RatePoint]], directory: Path
) -> dict[str, Any]:
    """Draws the curves by each metric that the codec and a rival have.

    The first, by SSIM, is also written as curves.svg and .png into `directory`.
    """
    found: list[dict[str, Any]] = []
    for metric in measured(ours):
        lines = {name: rivals[name] for name in ordered(rivals) if metric in measured(rivals[name])}
        if not lines:
            continue
        drawn: dict[str, Any] = {"metric": metric, "title": METRICS[metric]}
        for name, size in (("wide", figures.WIDE), ("narrow", figures.NARROW)):
            figure, points = figures.rate_distortion({OURS: ours, **lines}, size, metric)
            label = f"{METRICS[metric]} over bytes per image, for this codec and the rivals"
            drawn[name] = Markup(inline(figure, points, label))
            if size == figures.WIDE and not found:
                _save(figure, directory / "curves")
        found.append(drawn)
    return {"curves": found}


def images(
    codec: Codec, prepared: Path, metrics: Mapping[str, Any], count: int, reports: Path
) -> dict[str, Any]:
    """Shows test images: `count` beside the rivals, the best and the worst, the bytes of all."""
    test = datasets.sample(prepared, splits.TEST)
    table = results.per_image(reports / "evaluation/images.csv")
    if len(table["ssim"]) != len(test):
        raise InputError(
            f"images.csv has {len(table['ssim'])} rows for {len(test)} test images. Run "
            "`dvc repro evaluate`."
        )
    quality, some = metrics["quality"], chosen(test, examples.shown(test, count))
    sizes = np.array(table["bytes"])
    return {
        "comparison": examples.equal_bytes(codec, some, quality),
        "alone": examples.alone(codec, some, quality),
        "cases": examples.cases(codec, test, quality, table["ssim"]),
        "cropped": max(max(image.shape[:2]) for image in test) > examples.SIDE,
        "sizes": table["bytes"],
        "histogram": _inline(figures.histogram(sizes), "Bytes of each test image: a histogram"),
        "similarities": table["ssim"],
        "ssim_histogram": _inline(
            figures.histogram(np.array(table["ssim"]), "SSIM", 3),
            "SSIM of each test image: a histogram",
        ),
    }


def training(directory: Path) -> dict[str, Any]:
    """Draws the training curves that DVCLive wrote into `directory`."""
    history = results.history(directory)
    finite = np.all([np.isfinite(values) for both in history.values() for values in both], axis=0)
    if not finite.any():
        raise InputError(
            f"No epoch in {directory} has a finite loss. Reduce train.learning_rate and run "
            "`dvc repro train`."
        )
    losses = np.where(finite, history["loss"][1], np.inf)
    charts = [
        _inline(figures.history(metric, *values), f"{metric} over the epochs")
        for metric, values in history.items()
    ]
    return {
        "training": charts,
        "epochs": len(losses),
        "best_epoch": int(np.argmin(losses)) + 1,
        "spoilt_epochs": (np.flatnonzero(~finite) + 1).tolist(),
    }


def network(trained_directory: Path, directory: Path) -> dict[str, Any]:
    """Describes the model in `trained_directory`, with SIDE x SIDE pixels if it takes any size.

    Also writes its picture as network.svg and .png into `directory`.
    """
    networks = trained.load(trained_directory)[0].networks
    shape = tuple(size or SIDE for size in networks.image_shape)
    parts, x = {}, shape
    for encoder, decoder in zip(NETWORKS[::2], NETWORKS[1::2], strict=True):
        if hasattr(networks, encoder):
            parts[encoder] = complexity.layers(getattr(networks, encoder), x)
            x = parts[encoder][-1].shape  # latents, which the hyper-encoder takes
            parts[decoder] = complexity.layers(getattr(networks, decoder), x)
    pictures = {
        name: drawing.draw(shape, parts["encoder"], parts["decoder"], columns)
        for name, columns in (("wide", drawing.WIDE), ("narrow", drawing.NARROW))
    }
    _save(pictures["wide"], directory / "network")
    layers = [layer for part in parts.values() for layer in part]
    total = sum(layer.macs for layer in layers)
    return {
        "network": parts,
        "totals": {
            "parameters": sum(layer.parameters for layer in layers),
            "macs": total,
            "macs_a_pixel": total / math.prod(shape[:2]),
        },
        **{
            f"network_{name}": _inline(figure, "The layers of the network, from image to image")
            for name, figure in pictures.items()
        },
    }


def _inline(figure, label):
    return Markup(inline(figure, {}, label))


def _save(figure, path):
    for ending in (".svg", ".png"):
        save(figure, path.with_suffix(ending))
