"""A trained ImageCompressor -> an exported codec."""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import numpy as np

from image_compressor.codec.codec import Codec, codec_id
from image_compressor.codec.networks import DECODER, ENCODER
from image_compressor.codec.tables import TABLES, Tables
from image_compressor.errors import InputError, nearest
from image_compressor.evaluation.measures import evaluate
from image_compressor.files import replace_directory
from image_compressor.model import saving
from image_compressor.model.compressor import ImageCompressor

CARD = "card.json"
MODES = ("encoder-decoder", "full")
TOLERANCE = 0.001  # of bytes and SSIM, between the exported networks and the Keras ones
PACKAGES = ("image-compressor", "keras", "tensorflow", "ai-edge-litert", "constriction", "numpy")


class Exporter:
    """Writes a codec: networks as .keras and LiteRT, tables, and a card.

    Args:
        compressor: trained.
        tables: frozen from its density.

    Example:
        Exporter(compressor, tables).export("models/exported", "encoder-decoder", {})
        Codec.load("models/exported")
    """

    def __init__(self, compressor: ImageCompressor, tables: Tables):
        self.compressor, self.tables = compressor, tables

    def export(
        self,
        directory: str | Path,
        mode: Literal["encoder-decoder", "full"],
        card: dict,
        check_with: tuple[np.ndarray, dict] | None = None,
    ) -> dict:
        """Replaces `directory`, in one step at the end, by an exported codec:

            encoder, decoder (.keras, .tflite) and tables.json: what a Codec needs
            full (.keras, .tflite): image -> reconstruction; in mode `full` only
            card.json: the codec's id, the architecture, `card`, and the versions that wrote it

        Args:
            card: what it was trained on and measured as, for its users to read.
            check_with: uint8 images [N, H, W, C], and the `bytes_per_image` and `ssim` that
                the exported codec must have on them.

        Returns the card as written. Raises InputError where the codec measures differently by
        more than 0.1 %; then `directory` is as it was.
        """
        if mode not in MODES:
            raise InputError(f"a mode of {', '.join(MODES)}", mode, nearest(mode, MODES))
        generator = self.compressor.generator
        networks = {ENCODER: generator.encoder, DECODER: generator.decoder}
        if mode == "full":
            networks["full.tflite"] = generator
        with replace_directory(Path(directory)) as scratch:
            for name, network in networks.items():
                saving.save(network, (scratch / name).with_suffix(".keras"))
                network.export(scratch / name, format="litert", verbose=False)
            self.tables.save(scratch / TABLES)
            if check_with is not None:
                check(Codec.load(scratch), *check_with)
            card = {
                "id": codec_id(scratch),
                "architecture": self.compressor.config["name"],
                **card,
                "versions": {package: version(package) for package in PACKAGES},
            }
            (scratch / CARD).write_text(json.dumps(card, indent=2) + "\n", "utf-8")
        return card


def check(codec: Codec, images: np.ndarray, measured: dict) -> None:
    """Raises InputError unless `codec` has, on `images`, the bytes and SSIM in `measured`."""
    now = evaluate(codec, images).measures.to_dict()
    for name in ("bytes_per_image", "ssim"):
        if not abs(now[name] - measured[name]) <= TOLERANCE * abs(measured[name]):
            raise InputError(
                f"the exported codec to have {name} {measured[name]}, as evaluate measured",
                now[name],
                "Run evaluate again; if they still differ, the conversion to LiteRT is at fault.",
            )
