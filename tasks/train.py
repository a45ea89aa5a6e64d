"""train: data/prepared and a model.json -> models/trained, the model and its frozen tables."""

import logging
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

from pydantic import Field

from image_compressor.errors import InputError
from tasks.stage import checked, main

TENSORBOARD = Path("reports/tensorboard")


@checked
def run(
    prepared: Path = Path("data/prepared"),
    directory: Path = Path("models/trained"),
    curves: Path = Path("reports/training"),
    /,
    *,
    architecture: str,
    latent_dims: Annotated[int, Field(ge=1)],
    alpha: Annotated[float, Field(ge=0, le=1)],
    rate_weights: Annotated[list[Annotated[float, Field(gt=0)]], Field(min_length=2, max_length=2)],
    levels: Annotated[int, Field(ge=2)],
    classes: Annotated[int, Field(ge=1, le=1024)],
    epochs: Annotated[int, Field(ge=1)],
    batch_size: Annotated[int, Field(ge=1)],
    learning_rate: Annotated[float, Field(gt=0)],
    shift: Annotated[int, Field(ge=0)],
    seed: Annotated[int, Field(ge=0, lt=2**31)],
    tensorboard: bool,
) -> None:
    """Trains an ImageCompressor and writes it, with its tables, into `directory`.

    Metrics of each epoch go to `curves`, in DVCLive's form, and to TensorBoard if wanted.
    """
    more = [_tensorboard()] if tensorboard else []
    from dvclive.keras import DVCLiveCallback

    from image_compressor.data import datasets, splits
    from image_compressor.model import trained
    from image_compressor.model.architecture import read
    from image_compressor.model.compressor import ImageCompressor
    from image_compressor.model.freeze import freeze
    from image_compressor.model.training import make_deterministic, train

    make_deterministic(seed)
    compressor = ImageCompressor(read(architecture), latent_dims, alpha, rate_weights, levels, seed)
    images = datasets.images(prepared, splits.TRAIN, mixed=True)
    datasets.check_shape(images, compressor.generator.image_shape)
    live = _live(curves)
    train(
        compressor,
        datasets.training_batches(images, batch_size, shift, seed),
        datasets.validation_batches(datasets.images(prepared, splits.VALIDATION), batch_size),
        epochs,
        learning_rate,
        [DVCLiveCallback(live=live), *more],
    )
    qualities = freeze(compressor, datasets.array(prepared, splits.TRAIN), classes)
    trained.save(compressor, qualities, directory)
    logging.getLogger("train").info("%s written", directory)


def _tensorboard():
    if find_spec("tensorboard") is None:
        raise InputError(
            "the package tensorboard, as train.tensorboard asks for",
            "none",
            "Run `pip install tensorboard`, or set it to false.",
        )
    import keras

    # Its files are never the same twice: no output of the stage.
    return keras.callbacks.TensorBoard(TENSORBOARD)


def _live(directory):
    from dvclive import Live
    from scmrepo.exceptions import SCMError

    try:
        return Live(str(directory), dvcyaml=None, save_dvc_exp=False, report=None)
    except SCMError as error:
        raise InputError("a git repository with a commit", error, "Commit something.") from None


if __name__ == "__main__":
    main(run, "train")
