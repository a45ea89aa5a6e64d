"""Checks that the parameters fit each other and the model.json, as far as that needs no images.

These checks run before the first stage, because otherwise some errors would show only after the
training, in the export.
"""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from image_compressor.errors import InputError, nearest
from image_compressor.export.formats import ONE_SIZE
from image_compressor.images.fitting import Policy
from image_compressor.images.similarity import SMALLEST
from image_compressor.ingest import sources

RELEASED = Path("models/released")  # training.start.RELEASED, whose import needs Keras
# Least pixels per side for losses, as in model.losses, whose import needs Keras too.
SIDES = {"ms_ssim": SMALLEST, "ssimulacra2": 128}
CHANGE = "Change one of them."


class Model(NamedTuple):
    """Facts about a model.json that parameters must fit.

    Attributes:
        shape: (height, width, channels) of the images, or (None, None, channels) for any size.
    """

    shape: tuple[int | None, int | None, int]
    hyperprior: bool
    discriminator: bool

    @property
    def any_size(self) -> bool:
        return self.shape[0] is None


def check_together(params: dict[str, Any]) -> None:
    """Raises InputError for the first conflict between sections, each of which is valid."""
    prepared, training, exported = (params[name] for name in ("preprocess", "train", "export"))
    options = {name: params["ingest"][name] for name in ("path", "dataset", "feature")}
    sources.check(params["ingest"]["source"], **options)
    _check_preprocess(prepared)
    model = _model(training["architecture"])
    _check_training(training, model)
    _check_images(prepared, training, model)
    unfit = {"full", "int8", *ONE_SIZE}.intersection(
        [exported["mode"], exported["precision"], *exported["formats"]]
    )
    if model.any_size and unfit:
        raise InputError(
            f"{training['architecture']} takes images of any size, which an export with "
            f"{', '.join(sorted(unfit))} does not support. Change export.mode, formats or "
            "precision."
        )


def _check_preprocess(prepared):
    size = prepared["size"]
    Policy(prepared["channels"], prepared["fit"], None if size is None else tuple(size))
    if prepared["crops"] > 1 and prepared["fit"] != "crop":
        raise InputError(
            f"preprocess.crops is {prepared['crops']}, but must be 1 unless preprocess.fit is "
            f"crop. {CHANGE}"
        )


def _check_training(training, model):
    if training["rate_weights"][0] > training["rate_weights"][1]:
        raise InputError(
            f"train.rate_weights is {training['rate_weights']}, but the lower weight must come "
            "first. Swap them."
        )
    if model.hyperprior and training["classes"] != 1:
        raise InputError(
            f"train.classes is {training['classes']}, but must be 1, because "
            f"{training['architecture']} has a hyperprior. Set it to 1."
        )
    if training["hyper_steps"] and not model.hyperprior:
        raise InputError(
            f"train.hyper_steps is {training['hyper_steps']}, but {training['architecture']} has "
            "no hyperprior. Set it to 0."
        )
    if training["adversarial_epochs"] and not model.discriminator:
        raise InputError(
            f"Adversarial training needs a discriminator, but {training['architecture']} has none. "
            "Add one beside model.layers, or set train.adversarial_epochs to 0."
        )
    _check_start(training["start"], model)
    devices = training["devices"]
    if isinstance(devices, int) and training["batch_size"] < devices:
        raise InputError(
            f"a train.batch_size of at least {devices}, one image for each of train.devices",
            training["batch_size"],
            "Increase it, or reduce train.devices.",
        )
    for package, wanted in (("tensorboard", training["tensorboard"]), ("jax", devices != 1)):
        if wanted and find_spec(package) is None:
            raise InputError(
                f"train.{'devices' if package == 'jax' else package} needs the package {package}. "
                f"Run `pip install {package}`, or reset the parameter."
            )


def _check_start(start, model):
    """Checks that the codec is there, and that the model is of the kind that can start from it."""
    if start is None:
        return
    known = sorted(path.parent.name for path in RELEASED.glob("*/hyper_decoder.tflite"))
    if start not in known:
        fix = nearest(start, known)
        raise InputError(
            f"a released codec for any size as train.start: {', '.join(known)}", start, fix
        )
    if not model.hyperprior:
        raise InputError(
            f"train.start is {start}, which is for images of any size, but train.architecture is "
            "not. Set train.start to null, or use models/photo.json."
        )


def _check_images(prepared, training, model):
    """Compares the sizes that preprocess writes, the model takes and train crops."""
    *fixed, channels = model.shape
    size, crop, shift = prepared["size"], training["crop"], training["shift"]
    takes = f", as {training['architecture']} takes images of {list(model.shape)}"
    if prepared["channels"] != channels:
        raise InputError(f"preprocess.channels {channels}{takes}", prepared["channels"], CHANGE)
    if not model.any_size and size not in (None, fixed):
        raise InputError(f"preprocess.size {fixed}{takes}", size, CHANGE)
    if not model.any_size and crop and [crop, crop] != fixed:
        raise InputError(f"train.crop null{takes}", crop, CHANGE)
    known = size or ([] if model.any_size else fixed)
    if known and (crop or 0) > min(known):
        raise InputError(f"a train.crop that fits into images of {known}", crop, "Reduce it.")
    if known and shift >= min(known):
        raise InputError(f"a train.shift smaller than images of {known}", shift, "Reduce it.")
    smallest = crop or min(known, default=SMALLEST)
    losses = (training["similarity"], training["difference"], *training["terms"])
    for name, least in SIDES.items():
        if name in losses and smallest < least:
            raise InputError(
                f"images and train.crop of at least {least} pixels, for {name} in the loss",
                smallest,
                f"Leave {name} out, or train on larger images.",
            )


def _model(path):
    try:
        config = json.loads(Path(path).read_text("utf-8"))["model"]
        height, width, channels = config["layers"]["inputs"][0]["Input"]["shape"]
        discriminator = bool(config.get("discriminator", {}).get("layers"))
        return Model((height, width, channels), "hyperprior" in config["layers"], discriminator)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        from image_compressor.model import architecture  # reports the error, but is slow to import

        architecture.read(path)
        raise
