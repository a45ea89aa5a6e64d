"""The weights of an earlier training, from which another one may go on."""

import hashlib
import logging
from pathlib import Path

from image_compressor.errors import InputError
from image_compressor.model import trained
from image_compressor.model.compressor import ImageCompressor

OWN = ("name", "seed")  # may differ
log = logging.getLogger("train")


def go_on(compressor: ImageCompressor, directory: Path) -> str:
    """Gives an untrained compressor the weights in `directory`, an output of `trained.save`.

    Returns: a digest of these; "" if there are none, or they are of another network or loss.
    """
    path = directory / trained.MODEL
    if not path.is_file():
        log.info("%s does not exist: training from the start.", path)
        return ""
    try:
        earlier, _ = trained.load(directory)
    except InputError as error:
        log.info("%s Training from the start.", error)
        return ""
    if _kind(earlier) != _kind(compressor):
        log.info("%s has another network or loss: training from the start.", path)
        return ""
    compressor.set_weights(earlier.get_weights())
    log.info("Going on from the weights in %s.", path)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _kind(compressor):
    return {name: each for name, each in compressor.get_config().items() if name not in OWN}
