import numpy as np
import pytest

from image_compressor.export.formats import onnx
from image_compressor.export.trained_model import TrainedModel
from image_compressor.model.compressor import ImageCompressor
from tests.conftest import config


@pytest.mark.parametrize("activation", ["gelu", "celu"])
def test_onnx_computes_activations_that_its_converter_lacks(tmp_path, pictures, activation):
    tree = config()
    encoder = tree["layers"]["generator"]["layers"]["encoder"]["layers"]
    encoder[1] = {"Activation": {"activation": activation}}
    compressor = ImageCompressor(tree, 6)
    onnx.write(TrainedModel(compressor, [], pictures), tmp_path)
    x = pictures[..., None] / np.float32(255)
    latents = onnx.load(tmp_path / "encoder.onnx")(x)
    assert np.allclose(latents, compressor.generator.encode(x), atol=1e-5)
