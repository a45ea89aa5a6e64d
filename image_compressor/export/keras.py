"""The networks as .keras files, for `keras.saving.load_model`.

Loading needs this package only for `full.keras` and for a model.json with Residual.
"""

from pathlib import Path

import keras

from image_compressor.export.source import Source
from image_compressor.export.verification import Network, check_networks
from image_compressor.model import saving


def write(source: Source, directory: Path) -> None:
    """encoder.keras, decoder.keras and perhaps full.keras."""
    for name, network in source.networks.items():
        saving.save(network, directory / f"{name}.keras")


def verify(source: Source, directory: Path) -> None:
    """Raises InputError where they compute something else."""
    networks = {name: load(directory / f"{name}.keras") for name in source.networks}
    check_networks("keras", networks, source)


def load(path: Path) -> Network:
    return keras.saving.load_model(path, compile=False)
