"""The report: outputs of the stages -> the page and its pictures."""

import base64
import platform
from dataclasses import fields
from importlib.metadata import version
from pathlib import Path

from image_compressor.codec.codec import Codec
from image_compressor.codec.exported import CARD, DECODER
from image_compressor.codec.frozen.table_file import TABLES
from image_compressor.data import records
from image_compressor.evaluation import curves
from image_compressor.evaluation.measures import Measures
from image_compressor.files import add_to_directory
from image_compressor.report import page, results, sections
from image_compressor.report.headline import headline
from image_compressor.report.series import ordered

PAGE = "report.html"
LARGEST = 3_000_000  # bytes; with a larger codec the page asks for its files
COMPARED = [f"bd_rate_{metric}{end}" for metric in ("ssim", "psnr") for end in ("", "_interval")]
MEASURES = [field.name for field in fields(Measures)] + ["rival_images", "guard", *COMPARED]
IMAGES = ("images", "bytes", "sizes", "labels", "different", "rejected", "rejections")
CARD_KEYS = ("id", "architecture", "versions")
RIVALS_BY = ("imagecodecs", "pillow")  # packages that write the rivals' files


def write(
    prepared: Path,
    trained_directory: Path,
    exported: Path,
    reports: Path,
    images: int,
) -> int:
    """Writes report.html, and curves and network as .svg and .png, into `reports`.

    Args:
        reports: directory with images.json and the results of rivals, training and evaluation.
        images: how many of the test split to show beside the rivals; fewer if they are large.

    Returns the bytes of the page. Raises InputError if an input is missing or malformed.
    """
    rivals = curves.read_all(reports / "rivals")
    ours = curves.read(reports / "evaluation/rates.csv", "evaluate")
    measured = reports / "evaluation/measures.json"
    metrics = results.read_json(measured, MEASURES, "dvc repro evaluate")
    card = results.read_json(exported / CARD, CARD_KEYS, "dvc repro export")
    facts = records.read_facts(prepared)
    codec = Codec.load(exported)
    with add_to_directory(reports) as scratch:
        contents = {
            "headline": headline(metrics, rivals),
            "metrics": metrics,
            "compared": {
                metric: title
                for metric, title in curves.METRICS.items()
                if f"bd_rate_{metric}" in metrics
            },
            "rivals": ordered(rivals),
            "card": card,
            "shape": tuple(facts["shape"]),
            "data": results.read_json(reports / "images.json", IMAGES, "dvc repro ingest"),
            "splits": facts["splits"],
            "versions": {
                "Python": ".".join(platform.python_version_tuple()[:2]),
                **card["versions"],
                **{package: version(package) for package in RIVALS_BY},
            },
            **sections.training(reports / "training"),
            **sections.curves(ours, rivals, scratch),
            **sections.images(codec, prepared, metrics, images, reports),
            **sections.network(trained_directory, scratch),
            "in_browser": not codec.any_size,
        }
        parts = {} if codec.any_size else _codec(exported)
        html = page.render({**contents, "codec": parts}).encode()
        if len(html) > LARGEST:
            html = page.render({**contents, "codec": {}}).encode()
        (scratch / PAGE).write_bytes(html)
    return len(html)


def _codec(directory):
    """Reads the files with which a browser decodes .imgc files, in base64."""
    files = {"tables": TABLES, "decoder": DECODER}
    return {
        part: base64.b64encode((directory / name).read_bytes()).decode("ascii")
        for part, name in files.items()
    }
