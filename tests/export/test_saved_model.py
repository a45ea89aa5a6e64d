import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from image_compressor import Codec
from image_compressor.export.formats import saved_model


@pytest.fixture(scope="module")
def directory(trained, tmp_path_factory):
    directory = tmp_path_factory.mktemp("saved")
    saved_model.write(trained, directory)
    return directory / "saved_model"


@pytest.fixture(scope="module")
def model(directory):
    return tf.saved_model.load(directory)


@pytest.fixture(scope="module")
def codec(trained):
    return Codec(trained.generator, trained.qualities)


@pytest.mark.parametrize("quality", [1, 30, 100])
def test_its_functions_are_those_of_the_codec(model, codec, pictures, quality):
    images = pictures[..., None]
    symbols = model.encode(images, quality)
    assert symbols.dtype == tf.int32
    assert (symbols.numpy() != codec.encode(images, quality)).mean() < 0.001
    decoded = model.decode(symbols, quality)
    assert decoded.dtype == tf.uint8
    difference = decoded.numpy().astype(int) - codec.decode(symbols.numpy(), quality)
    assert np.abs(difference).max() <= 1
    assert np.array_equal(model.compress_decompress(images, quality), decoded)


def test_the_quality_is_50_unless_given(model, pictures):
    images = pictures[..., None]
    assert np.array_equal(model.encode(images), model.encode(images, 50))
    assert not np.array_equal(model.encode(images), model.encode(images, 51))


def test_its_signatures_are_its_functions(model, pictures):
    images = tf.constant(pictures[..., None])
    assert {*model.signatures} == {"encode", "decode", "compress_decompress"}
    for name in ("encode", "compress_decompress"):
        (result,) = model.signatures[name](images=images, quality=tf.constant(60)).values()
        assert np.array_equal(result, getattr(model, name)(images, 60))


@pytest.mark.parametrize("quality", [0, 101, -1])
def test_a_quality_that_is_none_is_refused(model, pictures, quality):
    with pytest.raises(tf.errors.InvalidArgumentError, match="Expected a quality of 1 to 100"):
        model.encode(pictures[..., None], quality)


@pytest.mark.torture
def test_tensorflow_alone_runs_it(directory, model, pictures, tmp_path):
    np.save(tmp_path / "images.npy", pictures[..., None])
    script = """
import sys, numpy as np, tensorflow as tf
model = tf.saved_model.load(sys.argv[1])
np.save("decoded.npy", model.compress_decompress(np.load("images.npy"), 60))
assert "image_compressor" not in sys.modules
"""
    command = [sys.executable, "-c", script, directory]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    expected = model.compress_decompress(pictures[..., None], 60)
    assert np.array_equal(np.load(tmp_path / "decoded.npy"), expected)
