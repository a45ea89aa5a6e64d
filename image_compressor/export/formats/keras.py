"""The networks as .keras files, for `keras.saving.load_model`.

Keras alone loads an encoder and a decoder of its own layers. For Residual, and for full.keras,
`image_compressor.model.compressor` must be imported before.
"""

from pathlib import Path

import keras

from image_compressor.export.trained_model import TrainedModel
from image_compressor.export.verification import Network, check_networks
from image_compressor.model import saving


def write(trained: TrainedModel, directory: Path) -> None:
    """encoder.keras, decoder.keras and perhaps full.keras."""
    for name, network in trained.networks.items():
        if name != "full":  # without the class of this package
            layers = [keras.Input(network.input_shape[1:]), *network.layers]
            network = keras.Sequential(layers, name=name)
        saving.save(network, directory / f"{name}.keras")


def verify(trained: TrainedModel, directory: Path) -> None:
    """Raises InputError where they compute something else."""
    networks = {name: load(directory / f"{name}.keras") for name in trained.networks}
    check_networks("keras", networks, trained)


def load(path: Path) -> Network:
    return keras.saving.load_model(path, compile=False)
