"""The networks as .keras files, for `keras.saving.load_model`.

Keras alone loads an encoder and a decoder of its own layers. For Residual, and for full.keras,
`image_compressor.model.compressor` must be imported before.
"""

from pathlib import Path

import keras

from image_compressor.export.source import Source
from image_compressor.export.verification import Network, check_networks
from image_compressor.model import saving


def write(source: Source, directory: Path) -> None:
    """encoder.keras, decoder.keras and perhaps full.keras."""
    for name, network in source.networks.items():
        if name != "full":  # without the class of this package
            layers = [keras.Input(network.input_shape[1:]), *network.layers]
            network = keras.Sequential(layers, name=name)
        saving.save(network, directory / f"{name}.keras")


def verify(source: Source, directory: Path) -> None:
    """Raises InputError where they compute something else."""
    networks = {name: load(directory / f"{name}.keras") for name in source.networks}
    check_networks("keras", networks, source)


def load(path: Path) -> Network:
    return keras.saving.load_model(path, compile=False)
