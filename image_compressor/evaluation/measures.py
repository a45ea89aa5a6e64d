"""A codec's bytes and distortion, from a file it wrote and read back."""

import csv
import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np

from image_compressor.codec.codec import Codec
from image_compressor.errors import InputError
from image_compressor.model import metrics

BATCH = 256  # images whose SSIM is taken at once


@dataclass(frozen=True)
class Measures:
    """Over a set of images, all in one .imgc.

    Attributes:
        images: how many.
        ssim, l1: means over the images; l1 of values in 0..1.
        psnr: in dB, of the mean square error of all images; at most 100.
        bytes_per_image: of the whole file, names not counted.
        bpp: bits a pixel.
        ratio: bytes of the raw pixels to bytes of the file.
        estimated_bytes_per_image: what the frozen tables charge for the symbols.
    """

    images: int
    ssim: float
    l1: float
    psnr: float
    bytes_per_image: float
    bpp: float
    ratio: float
    estimated_bytes_per_image: float

    def to_dict(self) -> dict:
        """As in metrics.json, rounded to six digits."""
        rounded = {name: float(f"{value:.6g}") for name, value in asdict(self).items()}
        return {**rounded, "images": self.images}

    def save(self, path: Path) -> None:
        """Writes them as JSON."""
        path.write_text(json.dumps(self.to_dict(), indent=2) + "\n", "utf-8")


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

    def save_table(self, path: Path):
        """CSV with a row an image: its number, SSIM and estimated bytes."""
        with path.open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file, lineterminator="\n")
            table.writerow(["image", "ssim", "bytes"])
            for number, (ssim, bits) in enumerate(zip(self.ssim, self.bits, strict=True)):
                table.writerow([number, f"{ssim:.4f}", f"{bits / 8:.2f}"])


def read(path: Path) -> dict:
    """What `Measures.save` wrote. Raises InputError where it is missing or broken."""
    try:
        measures = json.loads(path.read_text("utf-8"))
        return {field.name: measures[field.name] for field in fields(Measures)}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            "the measures of a codec",
            f"{path}: {error!r}",
            "Run evaluate first: `dvc repro evaluate`.",
        ) from None


def evaluate(codec: Codec, images: np.ndarray) -> Evaluation:
    """Compresses uint8 images [N, H, W, C] to one .imgc, decompresses it and compares."""
    data = codec.compress(images)
    decoded = np.asarray(codec.decompress(data))
    ssim = _in_batches(_ssim, images, decoded)
    bits = _in_batches(codec.bits, images)
    difference = images.astype(np.float64) - decoded
    measures = Measures(
        images=len(images),
        ssim=float(ssim.mean()),
        l1=float(np.abs(difference).mean() / 255),
        psnr=float(10 * np.log10(1 / max(np.square(difference / 255).mean(), 1e-10))),
        bytes_per_image=len(data) / len(images),
        bpp=8 * len(data) / images[..., 0].size,
        ratio=images.size / len(data),
        estimated_bytes_per_image=float(bits.mean() / 8),
    )
    return Evaluation(measures, decoded, ssim, bits)


def _ssim(x, x_hat):
    return metrics.ssim(x.astype(np.float32), x_hat.astype(np.float32), 255.0)


def _in_batches(measure, *arrays):
    """`measure`, which gives a value an image, over uint8 batches: float64 [N]."""
    parts = []
    for start in range(0, len(arrays[0]), BATCH):
        parts.append(measure(*(array[start : start + BATCH] for array in arrays)))
    return np.concatenate([np.asarray(part, np.float64) for part in parts])
