"""Measures a codec with its guard, as compress uses it."""

import io
from collections.abc import Iterable
from typing import Any

import numpy as np

from image_compressor.codec.codec import Codec
from image_compressor.codec.writing import Written
from image_compressor.evaluation.curves import RatePoint
from image_compressor.evaluation.distortion import distortion
from image_compressor.evaluation.floors import measure, sample
from image_compressor.images.groups import Group

MOST = 2**21  # pixels of the sample whose curve is measured


def with_floors(codec: Codec, validation: Group) -> Codec:
    """The codec with a guard, whose floors are measured on uint8 images [H, W, C]."""
    floors = measure(codec, validation)
    return Codec(codec.networks, codec.qualities, codec.identity, codec.policy, floors)


def curve(codec: Codec, images: Group, qualities: Iterable[int]) -> list[RatePoint]:
    """Measures each quality with the guard, over a sample of uint8 images [H, W, C] in one .imgc.

    The guard searches the quality of each image: minutes for a few large ones.
    """
    images = sample(images, MOST)
    return [_point(codec, images, quality) for quality in qualities]


def facts(codec: Codec, images: Group, quality: int) -> dict[str, Any]:
    """The bytes, the SSIM of all and of the worst, and the images raised and stored as files."""
    written, _ = _written(codec, images, quality)
    assert written.ssim is not None
    numbers = {
        "bytes_per_image": written.bytes / written.images,
        "ssim": written.ssim.mean(),
        "ssim_p5": np.percentile(written.ssim, 5),
        "ssim_worst": written.ssim.min(),
    }
    rounded = {name: float(f"{value:.6g}") for name, value in numbers.items()}
    return {**rounded, "raised": written.raised, "stored": written.stored}


def _point(codec, images, quality):
    written, data = _written(codec, images, quality)
    ssim, l1, psnr = distortion(images, codec.decompress(data))
    return RatePoint(quality, written.bytes / len(images), float(ssim.mean()), l1, psnr)


def _written(codec, images, quality) -> tuple[Written, bytes]:
    file = io.BytesIO()
    return codec.write(file, images, quality=quality), file.getvalue()
