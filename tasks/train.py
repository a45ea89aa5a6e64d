"""train: data/prepared and a model.json -> models/trained, the model and its entropy tables."""

import logging
import math
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from image_compressor.errors import InputError
from image_compressor.model.losses import DIFFERENCES, SIMILARITIES
from tasks.parameters import checked
from tasks.stage import main

PATHS = ("prepared", "directory", "curves")
BEFORE = Path("models/before")  # no input for DVC, which could not run the stage without it
WARM_RATE = 0.5  # of the learning rate, for weights that are trained already
TENSORBOARD = Path("reports/tensorboard")
Similarity = Annotated[str, AfterValidator(SIMILARITIES.check)]
Difference = Annotated[str, AfterValidator(DIFFERENCES.check)]
Address = Annotated[str, Field(pattern=r"^(\[[0-9a-fA-F:.]+\]|[^\s:/]+):\d{1,5}$")]


@checked
def run(
    prepared: Path = Path("data/prepared"),
    directory: Path = Path("models/trained"),
    curves: Path = Path("reports/training"),
    /,
    *,
    architecture: str,
    start: str | None = None,
    latent_dims: Annotated[int, Field(ge=1)] = 50,
    alpha: Annotated[float, Field(ge=0, le=1)] = 0.75,
    similarity: Similarity = "ssim",
    difference: Difference = "l1",
    terms: dict[Difference, Annotated[float, Field(gt=0)]] = {},
    rate_weights: Annotated[
        list[Annotated[float, Field(gt=0)]], Field(min_length=2, max_length=2)
    ] = [0.03, 1.5],
    levels: Annotated[int, Field(ge=2)] = 8,
    classes: Annotated[int, Field(ge=1, le=1024)] = 32,
    epochs: Annotated[int, Field(ge=1)] = 60,
    batch_size: Annotated[int, Field(ge=1)] = 64,
    learning_rate: Annotated[float, Field(gt=0)] = 0.005,
    shift: Annotated[int, Field(ge=0)] = 1,
    crop: Annotated[int, Field(ge=11)] | None = None,
    flip: bool = False,
    largest_gradient: Annotated[float, Field(gt=0)] = 10.0,
    averaging: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    hyper_steps: Annotated[int, Field(ge=0)] = 0,
    adversarial_epochs: Annotated[int, Field(ge=0)] = 0,
    adversarial_weight: Annotated[float, Field(gt=0)] = 0.01,
    adversarial_learning_rate: Annotated[float, Field(gt=0)] = 0.0003,
    devices: Annotated[int, Field(ge=1)] | Annotated[list[Address], Field(min_length=2)] = 1,
    warm: Annotated[float, Field(ge=0, lt=1)] = 0.0,
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0,
    tensorboard: bool = False,
) -> None:
    """Trains an ImageCompressor and writes it, with its tables, into `directory`.

    An adversarial training may follow. A training that was stopped resumes after its last complete
    epoch if its settings, images, code and versions are unchanged, on any number of devices.
    With `warm`, it goes on from the weights in models/before, if they are of the same network and
    loss. Metrics of each epoch, except adversarial ones, are written to `curves` in DVCLive's
    format, and to TensorBoard if requested. If there are several processes (`training.devices`),
    only the first writes.
    """
    settings = {name: value for name, value in locals().items() if name not in PATHS}
    del settings["devices"]
    from image_compressor.training.devices import joined

    with joined(devices) as group:  # before Keras is imported: it chooses the backend
        from image_compressor.data import datasets, splits
        from image_compressor.model import trained
        from image_compressor.model.architecture import read
        from image_compressor.model.compressor import ImageCompressor
        from image_compressor.model.losses import measures
        from image_compressor.training.freezing import check_classes, freeze
        from image_compressor.training.progress import Progress, fingerprint
        from image_compressor.training.training import make_deterministic, train
        from image_compressor.training.warm import digest, go_on

        more = [_tensorboard()] if tensorboard else []
        make_deterministic(seed)
        config = read(architecture)
        images = datasets.images(prepared, splits.TRAIN, mixed=True)
        in_order, kept = (
            datasets.images(prepared, name) for name in (splits.TRAIN, splits.VALIDATION)
        )
        settings["architecture"] = config
        losses = (similarity, difference, terms)
        measures(*losses)  # imports their modules, because the fingerprint covers imported code
        settings["from"] = digest(BEFORE) if warm else ""
        key = fingerprint(settings, in_order, kept)
        group.check_same(key)  # before they share weights
        compressor = ImageCompressor(
            config, latent_dims, alpha, rate_weights, levels, seed, *losses
        )
        if start:
            from image_compressor.training.start import begin

            begin(compressor, start)
        if warm and go_on(compressor, BEFORE):
            epochs, learning_rate = math.ceil(warm * epochs), WARM_RATE * learning_rate
        datasets.check_shape(images, compressor.generator.image_shape)
        check_classes(compressor, classes, int(in_order.cardinality()))
        # Both are kept until the end, because the adversarial training starts from the first.
        first, second = (
            Progress(directory.with_suffix(suffix) if group.first else None, key, group.broadcast)
            for suffix in (".progress.npz", ".adversarial.progress.npz")
        )
        share = datasets.Share(group.process, group.processes, group.devices)
        size = datasets.size(prepared, splits.TRAIN)
        data = (
            datasets.training_batches(images, batch_size, shift, seed, crop, flip, share, size),
            datasets.validation_batches(kept, batch_size, crop, share),
        )
        how = {"largest_gradient": largest_gradient, "averaging": averaging}
        callbacks = [_live(curves), *more] if group.first else []
        train(compressor, *data, epochs, learning_rate, **how, callbacks=callbacks, progress=first)
        if adversarial_epochs:
            how["adversarial"] = adversarial_weight
            more_epochs = (adversarial_epochs, adversarial_learning_rate)
            train(compressor, *data, *more_epochs, **how, progress=second)
        compressor = group.leave(compressor)
        if not group.first:
            return
        sample = datasets.sample(prepared, splits.TRAIN)
        qualities = freeze(compressor, sample, classes, hyper_steps)
        trained.save(compressor, qualities, directory)
        for progress in (first, second):
            progress.end()
        logging.getLogger("train").info("%s written", directory)


def _tensorboard():
    """Makes TensorBoard's callback; its files always differ, so they are no output of the stage."""
    if find_spec("tensorboard") is None:
        raise InputError(
            "train.tensorboard needs the package tensorboard. Run `pip install tensorboard`, or "
            "set the parameter to false."
        )
    import keras

    return keras.callbacks.TensorBoard(TENSORBOARD)


def _live(directory):
    from dvclive import Live
    from dvclive.keras import DVCLiveCallback
    from scmrepo.exceptions import SCMError

    try:
        live = Live(str(directory), dvcyaml=None, save_dvc_exp=False, report=None)
        return DVCLiveCallback(live=live)
    except SCMError as error:
        raise InputError(
            f"Training needs a git repository with a commit ({error}). Run `git init` if there is "
            "none, and commit the project."
        ) from None


if __name__ == "__main__":
    main(run, "train")
