"""Exporter: a trained ImageCompressor -> a directory with a codec, also in other formats."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from image_compressor.codec.codec import Codec
from image_compressor.codec.exported import CARD, codec_id, digests, read
from image_compressor.codec.frozen import table_file
from image_compressor.codec.frozen.table_file import TABLES, Qualities
from image_compressor.errors import InputError, nearest
from image_compressor.evaluation import floors
from image_compressor.export.formats import FORMATS, ONE_SIZE
from image_compressor.export.measuring import check, int8_cost
from image_compressor.export.trained_model import Precision, TrainedModel
from image_compressor.files import replace_directory
from image_compressor.images.groups import Group, centres
from image_compressor.model.compressor import ImageCompressor
from image_compressor.watch import drift

Mode = Literal["encoder-decoder", "full"]
MODES, PRECISIONS = get_args(Mode), get_args(Precision)
IMAGES = 64  # for verifying an export
SIDE = 128  # pixels, of the centres of images of different sizes
NOISE = (80, 112)  # size of noise, for models of any size without images
PACKAGES = ("image-compressor", "keras", "tensorflow", "ai-edge-litert", "constriction", "numpy")


class Exporter:
    """Writes a codec: networks, tables, and a card.

    Args:
        compressor: a trained ImageCompressor.
        qualities: tables frozen from it.
        images: uint8 images [H, W, C], similar to those of the training: up to 64 of them, evenly
            spread, are used to verify exports and to calibrate int8; of images of different sizes,
            the centres. Without them, noise is used. What they keep at each quality becomes the
            floor of the codec's guard, so the codec should not have been trained on them.

    Example:
        exporter = Exporter(compressor, freeze(compressor), images)
        exporter.export("models/mine", formats=["onnx", "saved_model"])
        Codec.load("models/mine")
    """

    def __init__(
        self,
        compressor: ImageCompressor,
        qualities: Qualities,
        images: Group | None = None,
    ):
        self.compressor, self.qualities = compressor, qualities
        self.whole, self.images = images, None if images is None else centres(images, SIDE)

    def export(
        self,
        directory: str | Path,
        mode: Mode = "encoder-decoder",
        card: dict | None = None,
        check_with: tuple[Group, dict] | None = None,
        precision: Precision = "float32",
        formats: Iterable[str] = (),
    ) -> dict:
        """Replaces `directory`, in one step at the end, by an exported codec:

            encoder.tflite, decoder.tflite, tables.npz: used by a Codec
            hyper_encoder.tflite, hyper_decoder.tflite: for a model with a hyperprior
            encoder.keras, decoder.keras: with the format keras
            encoder.onnx, decoder.onnx: with the format onnx
            saved_model: with that format, images <-> symbols at any quality
            full.tflite, .keras, .onnx: image -> reconstruction at middle quality, in mode `full`
            card.json: the codec's id, digests of its files, the architecture, `card`, the floors
                of its guard, what its images measure, and the versions that wrote it

        Each format is verified to compute the same as the Keras networks: `export.verification`.

        Args:
            card: information for users, such as the training data and measures.
            check_with: uint8 images [H, W, C], and the `quality`, `bytes_per_image` and
                `ssim` of the Keras networks on them. The exported codec must have the same;
                for int8, the card records the difference (`int8_cost`).
            precision: precision of the LiteRT files (`litert.write`); other formats use float32.
            formats: formats to write besides LiteRT.

        Returns the card as written. Raises InputError if a format computes something else, or the
        codec's measures differ by more than 0.1 %; `directory` is then unchanged.
        """
        names = ["litert", *sorted({FORMATS.check(name) for name in formats} - {"litert"})]
        _check_one_of(mode, MODES)
        _check_one_of(precision, PRECISIONS)
        self._check_any_size(mode, precision, *names)
        trained = TrainedModel(
            self.compressor,
            self.qualities,
            self._images(precision),
            precision,
            full=mode == "full",
        )
        with replace_directory(Path(directory)) as scratch:
            for name in names:
                _write(name, trained, scratch)
            table_file.save(self.qualities, scratch / TABLES)
            codec, files = Codec.load(scratch), read(scratch)
            measured: dict[str, Any] = {}
            if self.whole is not None and len(self.whole):
                measured["floors"] = asdict(floors.measure(codec, self.whole))
                some = floors.sample(self.whole, drift.MOST)
                measured["typical"] = asdict(drift.measure(codec, some))
            if precision == "int8":
                measured["int8_cost"] = int8_cost(codec, trained, check_with)
            elif check_with is not None:
                check(codec, *check_with)
            card = {
                **(card or {}),
                "id": codec_id(files),
                "files": digests(files),
                "architecture": self.compressor.config["name"],
                "precision": precision,
                "formats": names,
                **measured,
                "versions": {package: version(package) for package in PACKAGES},
            }
            (scratch / CARD).write_text(json.dumps(card, indent=2) + "\n", "utf-8")
        return card

    def _check_any_size(self, *chosen):
        """Raises InputError for choices that a model of any size does not support."""
        unfit = {"full", "int8", *ONE_SIZE}.intersection(chosen)
        if unfit and self.compressor.generator.image_shape[0] is None:
            raise InputError(
                f"A model for images of any size cannot be exported with "
                f"{', '.join(sorted(unfit))}. Leave that out; it is for models with a fixed image "
                "size."
            )

    def _images(self, precision):
        """Returns the images to verify with."""
        shape = self.compressor.generator.image_shape
        if shape[0] is None:
            shape = (*NOISE, shape[2]) if self.images is None else self.images.shape[1:]
        if self.images is None:
            if precision == "int8":
                raise InputError(
                    "int8 needs images to calibrate with. Pass some images to the Exporter."
                )
            return np.random.default_rng(0).integers(0, 256, (IMAGES, *shape), np.uint8)
        if not len(self.images) or self.images.shape[1:] != shape or self.images.dtype != np.uint8:
            received = f"{self.images.dtype} {self.images.shape}"
            raise InputError(
                f"uint8 images (N, {shape}) to verify with", received, "Pass other images."
            )
        count = min(len(self.images), IMAGES)
        return self.images[np.linspace(0, len(self.images) - 1, count).astype(int)]


def _write(name, trained, directory):
    """Writes a format and verifies it."""
    try:
        FORMATS[name].write(trained, directory)
        FORMATS[name].verify(trained, directory)
    except (InputError, OSError):
        raise
    except Exception as error:  # converters and runtimes raise errors of many kinds
        reason = f"{type(error).__name__}: {str(error)[:200]}".strip().removesuffix(".")
        raise InputError(
            f"The networks cannot be written or run as {name} ({reason}). Remove it from "
            "export.formats, or change the architecture."
        ) from error


def _check_one_of(value, allowed):
    if value not in allowed:
        raise InputError(f"one of {', '.join(allowed)}", value, nearest(value, allowed))
