import numpy as np
import pytest

from image_compressor.export import onnx
from image_compressor.export.source import Source
from image_compressor.model.generator import Generator
from tests.conftest import config


@pytest.mark.parametrize("activation", ["gelu", "celu"])
def test_onnx_computes_activations_that_its_converter_lacks(tmp_path, pictures, activation):
    tree = config()
    encoder = tree["layers"]["generator"]["layers"]["encoder"]["layers"]
    encoder[1] = {"Activation": {"activation": activation}}
    generator = Generator(tree, 6)
    onnx.write(Source(generator, [], pictures), tmp_path)
    x = pictures[..., None] / np.float32(255)
    latents = onnx.load(tmp_path / "encoder.onnx")(x)
    assert np.allclose(latents, generator.encode(x), atol=1e-5)
