"""The entropy decoder's parameters are the same in every runtime, to the last bit."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from image_compressor import Codec, InputError
from image_compressor.codec.frozen.hyper_tables import HYPER_LIMIT
from image_compressor.export import Exporter
from image_compressor.export.formats import onnx
from tests.photographs import picture


@pytest.fixture(scope="module")
def z():
    """Hyper-latents of the largest possible size, float32 [8, 9, 7, D]."""
    random = np.random.default_rng(0)
    return random.integers(-HYPER_LIMIT, HYPER_LIMIT + 1, (8, 9, 7, 4)).astype(np.float32)


@pytest.fixture(scope="module")
def expected(photographer, photo_qualities, z):
    return keras.ops.convert_to_numpy(photographer.density.integer(z))


def litert(path, z, threads):
    interpreter = Interpreter(str(path), num_threads=threads)
    source = interpreter.get_input_details()[0]["index"]
    interpreter.resize_tensor_input(source, z.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(source, z)
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"])


@pytest.mark.parametrize("batch", [1, 8])
@pytest.mark.parametrize("threads", [1, 2, 8])
def test_litert(photo_codec, z, expected, threads, batch):
    path = photo_codec / "hyper_decoder.tflite"
    parts = [litert(path, z[n : n + batch], threads) for n in range(0, 8, batch)]
    assert np.array_equal(np.concatenate(parts), expected)


@pytest.mark.parametrize("batch", [1, 8])
def test_onnx(photo_codec, z, expected, batch):
    network = onnx.load(photo_codec / "hyper_decoder.onnx")
    parts = [network(z[n : n + batch]) for n in range(0, 8, batch)]
    assert np.array_equal(np.concatenate(parts), expected)


@pytest.mark.parametrize("batch", [1, 8])
def test_keras(photo_codec, z, expected, batch):
    network = keras.saving.load_model(photo_codec / "hyper_decoder.keras")
    parts = [network(z[n : n + batch]) for n in range(0, 8, batch)]
    assert np.array_equal(np.concatenate(parts), expected)


KERAS = """
import sys, keras, numpy as np, tensorflow as tf
import image_compressor.model.compressor
tf.config.threading.set_intra_op_parallelism_threads(int(sys.argv[3]))
z, network = np.load(sys.argv[2])["z"], keras.saving.load_model(sys.argv[1])
parts = [network(z[n : n + batch]) for batch in (1, 8) for n in range(0, 8, batch)]
np.savez(sys.argv[2], z=z, told=np.concatenate(parts))
"""


@pytest.mark.torture
@pytest.mark.parametrize(("onednn", "threads"), [("0", 1), ("1", 8)])
def test_keras_with_and_without_onednn(photo_codec, z, expected, tmp_path, onednn, threads):
    np.savez(tmp_path / "z.npz", z=z)
    command = [sys.executable, "-c", KERAS, photo_codec / "hyper_decoder.keras"]
    environment = {**os.environ, "TF_ENABLE_ONEDNN_OPTS": onednn}
    subprocess.run([*command, tmp_path / "z.npz", str(threads)], check=True, env=environment)
    told = np.load(tmp_path / "z.npz")["told"]
    assert np.array_equal(told, np.concatenate([expected, expected]))


def test_a_file_is_decoded_to_the_same_symbols_by_another_runtime(
    photo_codec, photographer, photo_qualities
):
    image, written = picture(70, 90), Codec.load(photo_codec)
    coder = written.coder(60)
    symbols = written.encode(image[None], 60)
    other = Codec(photographer.networks, photo_qualities).coder(60)
    decoded = other.decode(coder.encode(symbols), symbols.shape)
    assert np.array_equal(np.asarray(decoded), np.asarray(symbols))


@pytest.mark.torture
def test_it_stays_float32_where_the_others_are_halved(photographer, photo_qualities, tmp_path):
    Exporter(photographer, photo_qualities).export(tmp_path / "half", precision="float16")
    codec, image = Codec.load(tmp_path / "half"), picture(70, 90)
    (decoded,) = codec.decompress(codec.compress([image]))
    assert decoded.shape == image.shape


@pytest.mark.parametrize(
    "options", [{"mode": "full"}, {"precision": "int8"}, {"formats": ["saved_model"]}]
)
def test_what_needs_one_size_is_refused(photographer, photo_qualities, tmp_path, options):
    with pytest.raises(InputError, match="images of any size"):
        Exporter(photographer, photo_qualities).export(tmp_path / "codec", **options)
    assert not list(tmp_path.iterdir())
