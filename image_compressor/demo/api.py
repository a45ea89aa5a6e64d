"""The answers to the requests of the demo's page, as dicts for JSON, with images in base64."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from image_compressor.codec import finding, inputs
from image_compressor.codec.codec import Codec
from image_compressor.codec.file.reader import Reader
from image_compressor.codec.transform import DEFAULT_QUALITY
from image_compressor.errors import InputError
from image_compressor.evaluation.rivals import ON_THE_WEB, RIVALS
from image_compressor.images import similarity
from image_compressor.images.fitting import Scaled
from image_compressor.images.image_files import png

SETTINGS, FEW = 32, 10  # for each classical codec; for images with more than SMALL pixels
SMALL = 128 * 128
HIGHEST = {"jpeg": 100, "webp": 100, "avif": 100}  # settings, beyond those of a report
MOST = 1000  # images in a response
SIDE = 1024  # pixels: larger images are scaled down, for a response in seconds


def facts(codec: Codec, name: str) -> dict[str, Any]:
    """The facts about the codec that the page shows."""
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
    """The result of compressing an image file and decompressing it.

    `bytes` is the size of the .imgc file, `payload` the part for the image itself. Raises
    InputError for an image that cannot be used or fitted to the codec.
    """
    original = fitted(codec, content)
    data = codec.compress([original], quality=quality)
    (decoded,) = codec.decompress(data)
    reader = Reader(io.BytesIO(data))
    return {
        "asked": quality,
        "quality": int(reader.qualities[0]),  # raised by the guard; 0: stored as a file
        "bytes": len(data),
        "payload": reader.bytes["payloads"] + reader.bytes["files"],
        "ssim": _ssim(original, decoded.reshape(original.shape)),
        "original": _text(png(original)),
        "decoded": _text(png(decoded)),
        "file": _text(data),
    }


def rivals(codec: Codec, content: bytes) -> Iterator[dict[str, Any]]:
    """`bytes` and `ssim` of an image file with each setting of each classical codec.

    They run one after the other, which leaves the other cores free for strokes. Raises InputError
    for the same reasons as `compress`.
    """
    original = fitted(codec, content)
    count = SETTINGS if original.shape[0] * original.shape[1] <= SMALL else FEW
    for name in ON_THE_WEB:
        rival = RIVALS[name]
        lowest, highest = rival.settings
        for setting in np.linspace(lowest, HIGHEST.get(name, highest), count).round(1):
            size, decoded = rival.there_and_back(original, float(setting))
            yield {"name": rival.title, "bytes": size, "ssim": _ssim(original, decoded)}


def smallest(files: list[dict[str, Any]], ssim: float) -> dict[str, Any]:
    """The smallest file of each classical codec with at least this SSIM, null if there is none.

    It considers all settings: on small images, neither bytes nor SSIM always grow with them.
    """

    def best(name: str) -> dict[str, Any]:
        mine = [(file["bytes"], file["ssim"]) for file in files if file["name"] == name]
        size, reached = min((pair for pair in mine if pair[1] >= ssim), default=(None, None))
        return {"name": name, "bytes": size, "ssim": reached}

    return {"rivals": [best(RIVALS[name].title) for name in ON_THE_WEB]}


def decompress(codec: Codec, data: bytes, start: int, end: int) -> dict[str, Any]:
    """The images `start` to `end` (exclusive) of an .imgc file, and facts about the file.

    A file of another codec is decoded by that one: see `finding.find`. Raises InputError for a
    damaged file, and if its codec is not found.
    """
    reader = Reader(io.BytesIO(data))
    if reader.header.codec != codec.identity:
        codec = finding.find(reader.header.codec, reader.embedded)
    archive = codec.open(io.BytesIO(data))
    if not 0 <= start < end <= start + MOST:
        fix = "Request another range."
        raise InputError(f"a range of 1 to {MOST} images", f"{start} to {end}", fix)
    chosen = archive[start : min(end, len(archive))]
    height, width, channels = archive.header.shape
    return {
        "count": len(archive),
        "quality": archive.header.quality,
        "height": height,
        "width": width,
        "channels": channels,
        "names": archive.header.names,
        "sizes": [image.shape[:2] for image in chosen],
        "images": _text(b"".join(image.tobytes() for image in chosen)),
    }


def fitted(codec: Codec, content: Path | bytes) -> np.ndarray:
    """An image file as uint8 [H, W, C], fitted as the images of the codec's training were.

    For a codec for any size, it is scaled down to SIDE if it is larger. Raises InputError also for
    an image that is too small for SSIM.
    """
    fit = "grey" if codec.policy.fit == "native" else codec.policy.fit
    shape = tuple(codec.networks.image_shape)
    read = inputs.read(content, shape, "the image", fit)
    pixels = read.pixels if isinstance(read, Scaled) else read
    if codec.any_size and max(pixels.shape) > SIDE:
        picture = Image.fromarray(pixels)
        picture.thumbnail((SIDE, SIDE), Image.Resampling.LANCZOS)
        pixels = np.asarray(picture)
    pixels = pixels.reshape(*pixels.shape[:2], shape[2])
    similarity.check_size((1, *pixels.shape))
    return pixels


def _ssim(x, y):
    return float(similarity.ssim(x[None], y[None])[0])


def _text(data):
    return base64.b64encode(data).decode("ascii")
