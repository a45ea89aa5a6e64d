"""A codec's bytes and distortion, from files it wrote and read back."""

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

import image_compressor.documents as documents
from image_compressor.codec.codec import Codec
from image_compressor.errors import InputError
from image_compressor.evaluation.curves import RatePoint
from image_compressor.evaluation.distortion import distortion, in_batches

METRICS = ("bytes_per_image", "ssim", "psnr")


@dataclass(frozen=True)
class Measures:
    """Over a set of images, all in one .imgc.

    Attributes:
        images: how many.
        quality: 1..100, of the file.
        ssim, l1: means over the images; l1 of values in 0..1.
        psnr: in dB, of the mean square error of all images; at most 100.
        bytes_per_image: of the whole file, names not counted.
        bpp: bits a pixel.
        ratio: bytes of the raw pixels to bytes of the file.
        estimated_bytes_per_image: what the frozen tables charge for the symbols.
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
        """As in measures.json, rounded to six digits."""
        rounded = {name: float(f"{value:.6g}") for name, value in asdict(self).items()}
        return {**rounded, "images": self.images, "quality": self.quality}


@dataclass(frozen=True)
class Evaluation:
    """Measures of a set, and what they were taken from.

    Attributes:
        measures: of the set.
        reconstructions: uint8 [N, H, W, C].
        ssim: float [N].
        bits: float [N], what the tables charge for each image.
    """

    measures: Measures
    reconstructions: np.ndarray
    ssim: np.ndarray
    bits: np.ndarray

    def save_table(self, path: Path) -> None:
        """CSV with a row an image: its number, SSIM and estimated bytes."""
        with path.open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(["image", "ssim", "bytes"])
            for number, (similarity, bits) in enumerate(zip(self.ssim, self.bits, strict=True)):
                table.writerow([number, f"{similarity:.4f}", f"{bits / 8:.2f}"])


def save(measures: dict, path: Path) -> None:
    """Writes `Measures.to_dict`, and what was added to it, as JSON."""
    path.write_text(json.dumps(measures, indent=2) + "\n", "utf-8")


def metrics(measured: Mapping[str, Any]) -> dict[str, float | None]:
    """The few measures that a person compares codecs by, of all in measures.json.

    `bd_rate` is against the rival that comes closest to the codec: bytes in % for the same SSIM.
    None where there is no SSIM that the codec and a rival reach.
    """
    rates = [rate for rate in measured["bd_rate_ssim"].values() if rate is not None]
    return {name: measured[name] for name in METRICS} | {"bd_rate": max(rates, default=None)}


def read(path: Path) -> dict:
    """What `save` wrote. Raises InputError where it is missing or broken."""
    what, fix = f"the measures of a codec in {path}", "Run evaluate first: `dvc repro evaluate`."
    try:
        found = documents.read(path.read_bytes(), dict[str, Any], what, fix)
        mine = {field.name: found[field.name] for field in fields(Measures)}
        return asdict(documents.typed(mine, Measures, "its object"))
    except InputError:
        raise
    except (OSError, ValueError, KeyError) as error:
        raise InputError(what, repr(error), fix) from None


def evaluate(codec: Codec, images: np.ndarray, quality: int) -> Evaluation:
    """Compresses uint8 images [N, H, W, C] to one .imgc, decompresses it and compares."""
    data = codec.compress(images, quality=quality)
    decoded = np.asarray(codec.decompress(data))
    similarities, l1, psnr = distortion(images, decoded)
    bits = in_batches(lambda batch: codec.bits(batch, quality), images)
    measures = Measures(
        images=len(images),
        quality=quality,
        ssim=float(similarities.mean()),
        l1=l1,
        psnr=psnr,
        bytes_per_image=len(data) / len(images),
        bpp=8 * len(data) / images[..., 0].size,
        ratio=images.size / len(data),
        estimated_bytes_per_image=float(bits.mean() / 8),
    )
    return Evaluation(measures, decoded, similarities, bits)


def curve(codec: Codec, images: np.ndarray, qualities: Iterable[int]) -> list[RatePoint]:
    """Bytes and distortion of each quality, over uint8 images [N, H, W, C] in one .imgc."""
    return [
        RatePoint(quality, m.bytes_per_image, m.ssim, m.l1, m.psnr)
        for quality in qualities
        for m in [evaluate(codec, images, quality).measures]
    ]
