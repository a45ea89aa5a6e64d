import pytest

from image_compressor.export.source import Source
from image_compressor.model.compressor import ImageCompressor


@pytest.fixture(scope="session")
def source(compressor, qualities, pictures):
    return Source(compressor, qualities, pictures[..., None], full=True)


@pytest.fixture
def changed(source):
    """A function that copies a compressor and slightly enlarges the weights of one network."""

    def change(part):
        copy = ImageCompressor.from_config(source.compressor.get_config())
        copy.set_weights(source.compressor.get_weights())
        network = getattr(copy.generator, part)
        network.set_weights([1.02 * weight for weight in network.get_weights()])
        return copy

    return change
