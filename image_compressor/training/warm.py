"""The weights of an earlier training, from which another one may go on."""

import hashlib
import logging
from pathlib import Path

from image_compressor.errors import InputError
from image_compressor.model import trained
from image_compressor.model.compressor import ImageCompressor

OWN = ("name", "seed")  # may differ
log = logging.getLogger("train")


def digest(directory: Path) -> str:
    """A digest of the weights in `directory`, an output of `trained.save`; "" if there are none."""
    path = directory / trained.MODEL
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def go_on(compressor: ImageCompressor, directory: Path) -> bool:
    """Gives an untrained compressor the weights in `directory`.

    Returns: whether there are some, of the same network and loss.
    """
    path = directory / trained.MODEL
    if not path.is_file():
        log.info("%s does not exist: training from the start.", path)
        return False
    try:
        earlier, _ = trained.load(directory)
    except InputError as error:
        log.info("%s Training from the start.", error)
        return False
    if _kind(earlier) != _kind(compressor):
        log.info("%s has another network or loss: training from the start.", path)
        return False
    compressor.set_weights(earlier.get_weights())
    log.info("Going on from the weights in %s.", path)
    return True


def _kind(compressor):
    return {name: each for name, each in compressor.get_config().items() if name not in OWN}
