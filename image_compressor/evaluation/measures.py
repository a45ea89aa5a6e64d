"""Measures of a codec: bytes and distortion of files that it writes and reads."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

import image_compressor.documents as documents
from image_compressor.codec.codec import Codec
from image_compressor.errors import InputError
from image_compressor.evaluation.curves import RatePoint
from image_compressor.evaluation.distortion import distortion, in_batches, of_each
from image_compressor.evaluation.each import Each, joined
from image_compressor.images.colour_difference import largest
from image_compressor.images.groups import Group, pixels

METRICS = ("bytes_per_image", "ssim", "psnr")


@dataclass(frozen=True)
class Measures:
    """Measures over a set of images, all in one .imgc.

    Attributes:
        images: number of images.
        quality: 1..100, of the file.
        ssim, l1: means over the images; l1 is for values in 0..1.
        psnr: in dB, from the mean of the images' mean square errors; at most 100.
        bytes_per_image: bytes of the whole file, without names, divided by the number of images.
        bpp: bits per pixel.
        ratio: bytes of the raw pixels divided by bytes of the file.
        estimated_bytes_per_image: cost of the symbols by the frozen tables.
    """

    images: int
    quality: int
    ssim: float
    l1: float
    psnr: float
    bytes_per_image: float
    bpp: float
    ratio: float
    estimated_bytes_per_image: float

    def to_dict(self) -> dict:
        """Converts to the form of measures.json, rounded to six digits."""
        rounded = {name: float(f"{value:.6g}") for name, value in asdict(self).items()}
        return {**rounded, "images": self.images, "quality": self.quality}


@dataclass(frozen=True)
class Evaluation:
    """Measures of a set, with the values of each image.

    Attributes:
        measures: the measures of the set.
        reconstructions: uint8, an array [N, H, W, C], or a list if the sizes differ.
        ssim: float [N].
        bits: float [N], cost of each image by the tables.
    """

    measures: Measures
    reconstructions: Group
    ssim: np.ndarray
    bits: np.ndarray

    def save_table(self, path: Path) -> None:
        """Writes a CSV file with one row per image: its number, SSIM and estimated bytes."""
        with path.open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(["image", "ssim", "bytes"])
            for number, (similarity, bits) in enumerate(zip(self.ssim, self.bits, strict=True)):
                table.writerow([number, f"{similarity:.4f}", f"{bits / 8:.2f}"])


def save(measures: dict, path: Path) -> None:
    """Writes `Measures.to_dict`, possibly with added keys, as JSON."""
    path.write_text(json.dumps(measures, indent=2) + "\n", "utf-8")


def metrics(measured: Mapping[str, Any]) -> dict[str, float | None]:
    """Selects the few measures for comparing codecs by eye, from all in measures.json.

    `bd_rate` is relative to the rival that comes closest to the codec: the change in bytes, in %,
    at equal SSIM. It is None if the codec's range of SSIM overlaps with no rival's.
    """
    rates = [rate for rate in measured["bd_rate_ssim"].values() if rate is not None]
    return {name: measured[name] for name in METRICS} | {"bd_rate": max(rates, default=None)}


def read(path: Path) -> dict:
    """Reads the output of `save`. Raises InputError if it is missing or malformed."""
    what, fix = f"the measures of a codec in {path}", "Run evaluate first: `dvc repro evaluate`."
    try:
        found = documents.read(path.read_bytes(), dict[str, Any], what, fix)
        mine = {field.name: found[field.name] for field in fields(Measures)}
        return asdict(documents.typed(mine, Measures, "its object"))
    except InputError:
        raise
    except (OSError, ValueError, KeyError) as error:
        raise InputError(what, repr(error), fix) from None


def read_guard(path: Path) -> dict[str, Any]:
    """Reads what the guard did, from the output of `save`; empty in that of earlier versions."""
    found = json.loads(path.read_text("utf-8")).get("guard")
    return found if isinstance(found, dict) else {}


def evaluate(codec: Codec, images: Group, quality: int) -> Evaluation:
    """Compresses uint8 images [H, W, C] to one .imgc, decompresses it and compares.

    All images have the same quality: without the codec's guard.
    """
    data = codec.compress(images, quality=quality, guard=False)
    decoded = codec.decompress(data)
    similarities, l1, psnr = distortion(images, decoded)
    bits = in_batches(lambda batch: codec.bits(batch, quality), images)
    measures = Measures(
        images=len(images),
        quality=quality,
        ssim=float(similarities.mean()),
        l1=l1,
        psnr=psnr,
        bytes_per_image=len(data) / len(images),
        bpp=8 * len(data) / pixels(images),
        ratio=sum(image.size for image in images) / len(data),
        estimated_bytes_per_image=float(bits.mean() / 8),
    )
    return Evaluation(measures, decoded, similarities, bits)


def colours(images: Group, decoded: Group) -> dict[str, dict[str, float]]:
    """The largest CIEDE2000 between 8x8 pixels of each image: `mean` and `worst`, as `colour`.

    Empty for grey images.
    """
    if images[0].shape[2] != 3:
        return {}
    found = in_batches(largest, images, decoded)
    return {"colour": {"mean": round(found.mean(), 3), "worst": round(found.max(), 3)}}


def curve(codec: Codec, images: Group, qualities: Iterable[int]) -> list[RatePoint]:
    """Measures each quality, over uint8 images [H, W, C] in one .imgc."""
    return curve_of_each(codec, images, qualities).curve()


def curve_of_each(
    codec: Codec, images: Group, qualities: Iterable[int], seen: Sequence[int] | np.ndarray = ()
) -> Each:
    """Measures each image at each quality; it takes the share of the file that its symbols have.

    Args:
        seen: the numbers of the images whose SSIMULACRA2 is measured.
    """
    qualities, rows = list(qualities), []
    for quality in qualities:
        data = codec.compress(images, quality=quality, guard=False)
        bits = in_batches(lambda batch: codec.bits(batch, quality), images)  # noqa: B023
        shares = bits * len(data) / bits.sum()
        rows.append({"bytes": shares, **of_each(images, codec.decompress(data), seen)})
    return joined(qualities, rows)
