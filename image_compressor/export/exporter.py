"""A trained ImageCompressor -> a directory with a codec, and its networks in other formats."""

import json
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Literal, get_args

import numpy as np

from image_compressor.codec import table_file
from image_compressor.codec.codec import Codec
from image_compressor.codec.exported import CARD, codec_id, digests, read
from image_compressor.codec.table_file import TABLES, Qualities
from image_compressor.errors import InputError, nearest
from image_compressor.export.formats import FORMATS, ONE_SIZE
from image_compressor.export.measuring import check, int8_cost
from image_compressor.export.trained_model import Precision, TrainedModel
from image_compressor.files import replace_directory
from image_compressor.model.compressor import ImageCompressor

Mode = Literal["encoder-decoder", "full"]
MODES, PRECISIONS = get_args(Mode), get_args(Precision)
IMAGES = 64  # that an export is verified with
NOISE = (80, 112)  # of any size, without images
PACKAGES = ("image-compressor", "keras", "tensorflow", "ai-edge-litert", "constriction", "numpy")


class Exporter:
    """Writes a codec: networks, tables, and a card.

    Args:
        compressor: trained.
        qualities: tables frozen from it.
        images: uint8 [N, H, W, C], like those of the training: up to 64 of them, taken evenly,
            are what exports are verified with, and int8 is calibrated with. Without them it is
            verified with noise.

    Example:
        exporter = Exporter(compressor, freeze(compressor), images)
        exporter.export("models/mine", formats=["onnx", "saved_model"])
        Codec.load("models/mine")
    """

    def __init__(
        self,
        compressor: ImageCompressor,
        qualities: Qualities,
        images: np.ndarray | None = None,
    ):
        self.compressor, self.qualities, self.images = compressor, qualities, images

    def export(
        self,
        directory: str | Path,
        mode: Mode = "encoder-decoder",
        card: dict | None = None,
        check_with: tuple[np.ndarray, dict] | None = None,
        precision: Precision = "float32",
        formats: Iterable[str] = (),
    ) -> dict:
        """Replaces `directory`, in one step at the end, by an exported codec:

            encoder.tflite, decoder.tflite, tables.npz: what a Codec needs
            hyper_encoder.tflite, hyper_decoder.tflite: of a model with a hyperprior
            encoder.keras, decoder.keras: with the format keras
            encoder.onnx, decoder.onnx: with the format onnx
            saved_model: with that format, images <-> symbols at any quality
            full.tflite, .keras, .onnx: image -> reconstruction at middle quality; in mode `full`
            card.json: the codec's id, digests of its files, the architecture, `card`, and the
                versions that wrote it

        Each format is verified to compute what the Keras networks do: `export.verification`.

        Args:
            card: what it was trained on and measured as, for its users to read.
            check_with: uint8 images [N, H, W, C], and the `quality`, `bytes_per_image` and
                `ssim` that the Keras networks have on them. The exported codec must have the
                same; in int8 the card says what it has more or less (`int8_cost`).
            precision: of the LiteRT files (`litert.write`); other formats are float32.
            formats: what is written besides LiteRT.

        Returns the card as written. Raises InputError where a format computes something else, or
        the codec measures differently by more than 0.1 %; then `directory` is as it was.
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
            codec, files, measured = Codec.load(scratch), read(scratch), {}
            if precision == "int8":
                measured = {"int8_cost": int8_cost(codec, trained, check_with)}
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
        """Raises InputError for what there is for images of one size only."""
        unfit = {"full", "int8", *ONE_SIZE}.intersection(chosen)
        if unfit and self.compressor.generator.image_shape[0] is None:
            raise InputError(
                "a mode, precision and formats for images of any size",
                ", ".join(sorted(unfit)),
                "Leave that out: it is for models of one size.",
            )

    def _images(self, precision):
        """What to verify with."""
        shape = self.compressor.generator.image_shape
        if shape[0] is None:
            shape = (*NOISE, shape[2]) if self.images is None else self.images.shape[1:]
        if self.images is None:
            if precision == "int8":
                raise InputError("images to calibrate int8 with", None, "Give the Exporter some.")
            return np.random.default_rng(0).integers(0, 256, (IMAGES, *shape), np.uint8)
        if not len(self.images) or self.images.shape[1:] != shape or self.images.dtype != np.uint8:
            received = f"{self.images.dtype} {self.images.shape}"
            raise InputError(f"uint8 images (N, {shape}) to verify with", received, "Give others.")
        count = min(len(self.images), IMAGES)
        return self.images[np.linspace(0, len(self.images) - 1, count).astype(int)]


def _write(name, trained, directory):
    """Writes a format and verifies it."""
    try:
        FORMATS[name].write(trained, directory)
        FORMATS[name].verify(trained, directory)
    except (InputError, OSError):
        raise
    except Exception as error:  # converters and runtimes refuse with errors of many kinds
        raise InputError(
            f"networks that can be written and run as {name}",
            f"{type(error).__name__}: {str(error)[:200]}",
            "Leave it out of export.formats, or change the architecture.",
        ) from error


def _check_one_of(value, allowed):
    if value not in allowed:
        raise InputError(f"one of {', '.join(allowed)}", value, nearest(value, allowed))
