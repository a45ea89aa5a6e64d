import os
import subprocess
import sys

import numpy as np
import onnxruntime
import pytest

from image_compressor.export import onnx
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def written(source, tmp_path_factory):
    directory = tmp_path_factory.mktemp("onnx")
    onnx.write(source, directory)
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


@pytest.mark.slow
def test_another_process_writes_the_same_bytes(tmp_path):
    """Sets, which tf2onnx goes through, have another order in each."""
    script = """
import sys, keras
from pathlib import Path
from tests.conftest import config
from image_compressor.export import onnx
from image_compressor.export.source import Source
from image_compressor.model.generator import Generator
keras.utils.set_random_seed(0)
onnx.write(Source(Generator(config(), 6), [], None, full=True), Path(sys.argv[1]))
"""
    for seed in ("1", "2"):
        (tmp_path / seed).mkdir()
        subprocess.run(
            [sys.executable, "-c", script, tmp_path / seed],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        )
    for name in ("encoder.onnx", "decoder.onnx", "full.onnx"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()
