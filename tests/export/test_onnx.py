import numpy as np
import onnxruntime
import pytest

from image_compressor.export.formats import onnx


@pytest.fixture(scope="module")
def written(trained, tmp_path_factory):
    directory = tmp_path_factory.mktemp("onnx")
    onnx.write(trained, directory)
    return directory


def run(path, x):
    session = onnxruntime.InferenceSession(path)
    (first,), (last,) = session.get_inputs(), session.get_outputs()
    return (first.name, last.name), session.run([last.name], {first.name: x})[0]


@pytest.mark.parametrize("count", [1, 7])
def test_onnx_runtime_computes_latents_and_images_of_any_number(
    written, compressor, pictures, count
):
    generator, x = compressor.generator, pictures[:count, ..., None] / np.float32(255)
    y = np.asarray(generator.encode(x))
    ends, latents = run(written / "encoder.onnx", x)
    assert ends == ("images", "latents")
    assert np.allclose(latents, y, atol=1e-4)
    ends, images = run(written / "decoder.onnx", np.rint(y))
    assert ends == ("latents", "images")
    assert np.allclose(images, generator.decoder(np.rint(y)), atol=1e-5)
    ends, images = run(written / "full.onnx", x)
    assert ends == ("images", "reconstructions")
    assert images.shape == x.shape and 0 <= images.min() <= images.max() <= 1
