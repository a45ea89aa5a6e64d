import shutil

import pytest

from image_compressor.export.formats import litert
from image_compressor.export.trained_model import TrainedModel
from image_compressor.model.compressor import ImageCompressor


@pytest.fixture(scope="session")
def trained(compressor, qualities, pictures):
    return TrainedModel(compressor, qualities, pictures[..., None], full=True)


@pytest.fixture(scope="session")
def changed(trained):
    """A function that copies a compressor and slightly enlarges the weights of one network."""

    def change(part):
        copy = ImageCompressor.from_config(trained.compressor.get_config())
        copy.set_weights(trained.compressor.get_weights())
        network = getattr(copy.generator, part)
        network.set_weights([1.02 * weight for weight in network.get_weights()])
        return copy

    return change


@pytest.fixture
def converted(exported, monkeypatch):
    """Exports of `compressor` take LiteRT's networks from `exported`: converting takes seconds."""

    def write(trained, directory):
        for name in trained.networks:
            shutil.copy(exported / f"{name}.tflite", directory)

    monkeypatch.setattr(litert, "write", write)
