"""A trained ImageCompressor -> an exported codec."""

import json
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import numpy as np

from image_compressor.codec import tables
from image_compressor.codec.codec import Codec, codec_id
from image_compressor.codec.networks import DECODER, ENCODER
from image_compressor.codec.policy import CARD
from image_compressor.codec.tables import TABLES, Tables
from image_compressor.errors import InputError, nearest
from image_compressor.evaluation.measures import evaluate
from image_compressor.files import replace_directory
from image_compressor.model import saving
from image_compressor.model.compressor import ImageCompressor

Mode = Literal["codec", "encoder-decoder", "full"]
Precision = Literal["float32", "float16"]
MODES, PRECISIONS = Mode.__args__, Precision.__args__  # type: ignore[attr-defined]
TOLERANCE = 0.001  # of bytes and SSIM, between the exported networks and the Keras ones
PACKAGES = ("image-compressor", "keras", "tensorflow", "ai-edge-litert", "constriction", "numpy")


class Exporter:
    """Writes a codec: networks as LiteRT and .keras, tables, and a card.

    Args:
        compressor: trained.
        qualities: tables frozen from it.

    Example:
        Exporter(compressor, freeze(compressor)).export("models/exported", "encoder-decoder", {})
        Codec.load("models/exported")
    """

    def __init__(self, compressor: ImageCompressor, qualities: Sequence[Tables]):
        self.compressor, self.qualities = compressor, qualities

    def export(
        self,
        directory: str | Path,
        mode: Mode,
        card: dict,
        check_with: tuple[np.ndarray, dict] | None = None,
        precision: Precision = "float32",
    ) -> dict:
        """Replaces `directory`, in one step at the end, by an exported codec:

            encoder.tflite, decoder.tflite, tables.npz: what a Codec needs
            encoder.keras, decoder.keras: but in mode `codec`
            full.keras, full.tflite: image -> reconstruction at middle quality; in mode `full`
            card.json: the codec's id, the architecture, `card`, and the versions that wrote it

        Args:
            card: what it was trained on and measured as, for its users to read.
            check_with: uint8 images [N, H, W, C], and the `quality`, `bytes_per_image` and
                `ssim` that the exported codec must have on them.
            precision: of the weights in the LiteRT files; they are computed with in float32.

        Returns the card as written. Raises InputError where the codec measures differently by
        more than 0.1 %; then `directory` is as it was.
        """
        for value, allowed in ((mode, MODES), (precision, PRECISIONS)):
            if value not in allowed:
                raise InputError(f"one of {', '.join(allowed)}", value, nearest(value, allowed))
        generator = self.compressor.generator
        networks = {ENCODER: generator.encoder, DECODER: generator.decoder}
        if mode == "full":
            networks["full.tflite"] = generator
        with replace_directory(Path(directory)) as scratch:
            for name, network in networks.items():
                network.export(
                    scratch / name, format="litert", verbose=False, **_converter(precision)
                )
                if mode != "codec":
                    saving.save(network, (scratch / name).with_suffix(".keras"))
            tables.save(self.qualities, scratch / TABLES)
            if check_with is not None:
                check(Codec.load(scratch), *check_with)
            card = {
                "id": codec_id(scratch),
                "architecture": self.compressor.config["name"],
                "precision": precision,
                **card,
                "versions": {package: version(package) for package in PACKAGES},
            }
            (scratch / CARD).write_text(json.dumps(card, indent=2) + "\n", "utf-8")
        return card


def check(codec: Codec, images: np.ndarray, measured: dict) -> None:
    """Raises InputError unless `codec` has, on `images`, the bytes and SSIM in `measured`."""
    now = evaluate(codec, images, measured["quality"]).measures.to_dict()
    for name in ("bytes_per_image", "ssim"):
        if not abs(now[name] - measured[name]) <= TOLERANCE * abs(measured[name]):
            raise InputError(
                f"the exported codec to have {name} {measured[name]}, as evaluate measured",
                now[name],
                "Run evaluate again; if they still differ, the conversion to LiteRT is at fault.",
            )


def _converter(precision):
    """Settings of TensorFlow's LiteRT converter."""
    if precision == "float32":
        return {}
    import tensorflow as tf

    return {
        "optimizations": [tf.lite.Optimize.DEFAULT],
        "target_spec": {"supported_types": [tf.float16]},
    }
