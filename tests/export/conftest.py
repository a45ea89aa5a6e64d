import pytest

from image_compressor.export.source import Source
from image_compressor.model.generator import Generator


@pytest.fixture(scope="session")
def source(compressor, qualities, pictures):
    return Source(compressor.generator, qualities, pictures[..., None], full=True)


@pytest.fixture
def changed(source):
    """Makes a copy of its generator with the weights of one network (or both) a little larger."""

    def change(part):
        copy = Generator.from_config(source.generator.get_config())
        copy.set_weights(source.generator.get_weights())
        network = getattr(copy, part)
        network.set_weights([1.02 * weight for weight in network.get_weights()])
        return copy

    return change
