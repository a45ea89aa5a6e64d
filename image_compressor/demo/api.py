"""What the demo's page asks for, as dicts for JSON. Images and files are in base64."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from image_compressor.codec import inputs
from image_compressor.codec.codec import Codec
from image_compressor.codec.container import Reader
from image_compressor.codec.transform import DEFAULT_QUALITY
from image_compressor.errors import InputError
from image_compressor.evaluation.rivals import ON_THE_WEB, RIVALS
from image_compressor.images import similarity
from image_compressor.images.image_files import png

SETTINGS = 32  # of each of them
MOST = 1000  # images in one answer


def facts(codec: Codec, name: str) -> dict[str, Any]:
    """What the page says of the codec."""
    height, width, channels = codec.networks.image_shape
    return {
        "name": name,
        "id": codec.identity.hex(),
        "height": height,
        "width": width,
        "channels": channels,
        "fit": codec.policy.fit,
        "quality": DEFAULT_QUALITY,
    }


def compress(codec: Codec, content: bytes, quality: int) -> dict[str, Any]:
    """An image file there and back: `bytes` of the .imgc file, of which `payload` are the image's.

    Raises InputError for what is no usable image, or none that the codec's policy makes fit.
    """
    original = fitted(codec, content)
    data = codec.compress([original], quality=quality)
    (decoded,) = codec.decompress(data)
    return {
        "quality": quality,
        "bytes": len(data),
        "payload": Reader(io.BytesIO(data)).bytes["payloads"],
        "ssim": _ssim(original, decoded.reshape(original.shape)),
        "original": _text(png(original)),
        "decoded": _text(png(decoded)),
        "file": _text(data),
    }


def rivals(codec: Codec, content: bytes) -> Iterator[dict[str, Any]]:
    """An image file there and back by the classical codecs: of each setting `bytes` and `ssim`.

    One after the other, which leaves the other cores to strokes. Raises InputError as `compress`
    does.
    """
    original = fitted(codec, content)
    for rival in (RIVALS[name] for name in ON_THE_WEB):
        for setting in np.linspace(*rival.settings, SETTINGS).round(1):
            size, decoded = rival.there_and_back(original, float(setting))
            yield {"name": rival.title, "bytes": size, "ssim": _ssim(original, decoded)}


def smallest(files: list[dict[str, Any]], ssim: float) -> dict[str, Any]:
    """Of those of each classical codec the smallest with at least this SSIM, or null for none.

    Of all settings, for on small images neither bytes nor SSIM always grow with them.
    """

    def best(name: str) -> dict[str, Any]:
        mine = [(file["bytes"], file["ssim"]) for file in files if file["name"] == name]
        size, reached = min((both for both in mine if both[1] >= ssim), default=(None, None))
        return {"name": name, "bytes": size, "ssim": reached}

    return {"rivals": [best(RIVALS[name].title) for name in ON_THE_WEB]}


def decompress(codec: Codec, data: bytes, start: int, end: int) -> dict[str, Any]:
    """The images of an .imgc file from number `start` up to `end`, and what the file says.

    Raises InputError for damage, and for a file of another codec.
    """
    archive = codec.open(io.BytesIO(data))
    if not 0 <= start < end <= start + MOST:
        raise InputError(f"a range of 1 to {MOST} images", f"{start} to {end}", "Ask for others.")
    chosen = archive[start : min(end, len(archive))]
    height, width, channels = archive.header.shape
    return {
        "count": len(archive),
        "quality": archive.header.quality,
        "height": height,
        "width": width,
        "channels": channels,
        "names": archive.header.names,
        "images": _text(b"".join(image.tobytes() for image in chosen)),
    }


def fitted(codec: Codec, content: Path | bytes) -> np.ndarray:
    """An image file as uint8 [H, W, C], as `image-compressor compress --fit` takes it.

    Raises InputError also for one that SSIM cannot compare.
    """
    pixels = inputs.fitted(content, codec.policy, tuple(codec.networks.image_shape), "the image")
    similarity.check_size((1, *pixels.shape))
    return pixels


def _ssim(x, y):
    return float(similarity.ssim(x[None], y[None])[0])


def _text(data):
    return base64.b64encode(data).decode("ascii")
