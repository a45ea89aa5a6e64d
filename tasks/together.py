"""Parameters that must fit each other and the model.json, as far as that needs no image.

Checked before the first stage runs: the export would refuse its formats after the training.
"""

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from image_compressor.errors import InputError
from image_compressor.export.formats import ONE_SIZE
from image_compressor.images.fitting import Policy
from image_compressor.ingest import sources

MS_SSIM = 176  # pixels a side, at least: model.losses.ms_ssim.SMALLEST, which needs Keras
CHANGE = "Change one of them."


class Model(NamedTuple):
    """The facts of a model.json that parameters must fit.

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
    """Raises InputError for the first pair that does not fit. Each section is sound in itself."""
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
            f"{training['architecture']} takes images of any size, which export.mode, formats and "
            f"precision cannot have with {', '.join(sorted(unfit))}: leave that out."
        )


def _check_preprocess(prepared):
    size = prepared["size"]
    Policy(prepared["channels"], prepared["fit"], None if size is None else tuple(size))
    if prepared["crops"] > 1 and prepared["fit"] != "crop":
        raise InputError(
            "preprocess.crops to be 1 where preprocess.fit is not crop",
            prepared["crops"],
            CHANGE,
        )


def _check_training(training, model):
    if training["rate_weights"][0] > training["rate_weights"][1]:
        raise InputError(
            "the lower of train.rate_weights first", training["rate_weights"], "Swap them."
        )
    if model.hyperprior and training["classes"] != 1:
        raise InputError(
            f"train.classes to be 1 with a hyperprior, as {training['architecture']} has one",
            training["classes"],
            "Set it to 1.",
        )
    if training["adversarial_epochs"] and not model.discriminator:
        raise InputError(
            f"a discriminator in {training['architecture']}, to train against",
            "none",
            "Add one beside model.layers, or set train.adversarial_epochs to 0.",
        )
    devices = training["devices"]
    if isinstance(devices, int) and training["batch_size"] < devices:
        raise InputError(
            f"a train.batch_size of at least {devices}, an image for each of train.devices",
            training["batch_size"],
            "Raise it, or lower train.devices.",
        )
    for package, wanted in (("tensorboard", training["tensorboard"]), ("jax", devices != 1)):
        if wanted and find_spec(package) is None:
            raise InputError(
                f"train.{'devices' if package == 'jax' else package} needs the package {package}. "
                f"Run `pip install {package}`, or set it back."
            )


def _check_images(prepared, training, model):
    """Holds the sizes that preprocess makes, the model takes and train cuts against each other."""
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
        raise InputError(f"a train.crop that fits into images of {known}", crop, "Lower it.")
    if known and shift >= min(known):
        raise InputError(f"a train.shift smaller than images of {known}", shift, "Lower it.")
    smallest = crop or min(known, default=MS_SSIM)
    if training["similarity"] == "ms_ssim" and smallest < MS_SSIM:
        raise InputError(
            f"images and train.crop of at least {MS_SSIM} pixels, for train.similarity ms_ssim",
            smallest,
            "Set it to ssim, or train on larger ones.",
        )


def _model(path):
    try:
        config = json.loads(Path(path).read_text("utf-8"))["model"]
        height, width, channels = config["layers"]["inputs"][0]["Input"]["shape"]
        discriminator = bool(config.get("discriminator", {}).get("layers"))
        return Model((height, width, channels), "hyperprior" in config["layers"], discriminator)
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        from image_compressor.model import architecture  # it says what is wrong, but takes seconds

        architecture.read(path)
        raise
