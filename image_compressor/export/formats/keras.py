"""Networks as .keras files, for `keras.saving.load_model`.

Keras alone can load an encoder and a decoder with standard layers. For Residual, and for
full.keras, import `image_compressor.model.compressor` first.
"""

from pathlib import Path

import keras

from image_compressor.export.trained_model import TrainedModel
from image_compressor.export.verification import Network, check_networks
from image_compressor.model import saving


def write(trained: TrainedModel, directory: Path) -> None:
    """Writes encoder.keras, decoder.keras and, in mode full, full.keras."""
    for name, network in trained.networks.items():
        if name != "full":  # so that loading does not need this package's classes
            layers = [keras.Input(network.input_shape[1:]), *network.layers]
            network = keras.Sequential(layers, name=name)
        saving.save(network, directory / f"{name}.keras")


def verify(trained: TrainedModel, directory: Path) -> None:
    """Raises InputError if the files compute something else."""
    networks = {name: load(directory / f"{name}.keras") for name in trained.networks}
    check_networks("keras", networks, trained)


def load(path: Path) -> Network:
    return keras.saving.load_model(path, compile=False)
