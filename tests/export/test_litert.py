from dataclasses import replace

import keras
import numpy as np
import pytest

from image_compressor import Codec, InputError
from image_compressor.codec.exported import read
from image_compressor.codec.litert import LiteRTNetwork
from image_compressor.codec.networks import LiteRTNetworks
from image_compressor.export.exporter import PRECISIONS, Exporter
from image_compressor.export.formats import litert
from image_compressor.export.trained_model import TrainedModel
from image_compressor.model import architecture
from image_compressor.model.compressor import ImageCompressor
from image_compressor.training.freezing import freeze
from tests.conftest import ROOT

NETWORKS = ("encoder.tflite", "decoder.tflite")


@pytest.fixture(scope="module")
def large(digits):
    """An untrained model with the size of a real one and the latents of a trained one."""
    keras.utils.set_random_seed(0)
    compressor = ImageCompressor(architecture.read(ROOT / "models/digits.json"), 50)
    y = compressor.generator.encode(digits[..., None] / np.float32(255))
    latents = compressor.generator.encoder.layers[-1]
    latents.kernel.assign(latents.kernel * 6 / np.std(y))
    return Exporter(compressor, freeze(compressor), digits[:64, ..., None])


@pytest.fixture(scope="module")
def precisions(large, tmp_path_factory):
    """Exports in each precision: directories and cards."""
    directory = tmp_path_factory.mktemp("precisions")
    cards = {
        precision: large.export(directory / precision, precision=precision)
        for precision in PRECISIONS
    }
    return directory, cards


def test_litert_computes_what_keras_does(exported, compressor, pictures):
    networks, generator = LiteRTNetworks(read(exported)), compressor.generator
    x = pictures[..., None] / np.float32(255)
    y = generator.encode(x)
    assert np.allclose(networks.encode(x), y, atol=1e-4)
    assert np.allclose(networks.decode(np.rint(y)), generator.decode(np.rint(y)), atol=1e-5)
    full = LiteRTNetwork((exported / "full.tflite").read_bytes(), "full")(x)
    assert np.allclose(full, generator(x), atol=1e-4)


def test_float16_takes_half_the_bytes_and_int8_a_quarter(precisions):
    directory, cards = precisions
    for name in NETWORKS:
        single, half, quarter = (
            (directory / precision / name).stat().st_size for precision in PRECISIONS
        )
        assert 0.45 < half / single < 0.55
        assert 0.22 < quarter / single < 0.3
    identities = {Codec.load(directory / precision).identity for precision in PRECISIONS}
    assert len(identities) == 3
    assert [cards[precision]["precision"] for precision in PRECISIONS] == [*PRECISIONS]


def test_float16_moves_pixels_by_two_levels_at_most_and_int8_by_four(precisions, digits):
    directory, _ = precisions
    single, half, quarter = (Codec.load(directory / precision) for precision in PRECISIONS)
    symbols = single.encode(digits[..., None])
    images = single.decode(symbols).astype(int)
    assert images.std(axis=0).mean() > 10, "the images differ"
    assert np.abs(images - half.decode(symbols)).max() <= 2
    difference = np.abs(images - quarter.decode(symbols))
    assert 0 < difference.mean() < 4


def test_what_int8_costs_is_measured(precisions):
    _, cards = precisions
    cost = cards["int8"]["int8_cost"]
    assert cost["quality"] == 50 and cost["images"] == 64
    assert -0.1 < cost["ssim"] < 0.05 and cost["ssim"] != 0
    assert "int8_cost" not in cards["float32"] and "int8_cost" not in cards["float16"]


def test_int8_without_images_is_refused(compressor, qualities, tmp_path):
    with pytest.raises(InputError, match="int8 needs images to calibrate"):
        Exporter(compressor, qualities).export(tmp_path / "codec", precision="int8")
    assert not list(tmp_path.iterdir())


def test_the_full_network_keeps_its_own_rounding_in_int8(trained, tmp_path):
    trained = replace(trained, precision="int8")
    litert.write(trained, tmp_path)
    litert.verify(trained, tmp_path)


def test_float16_is_that_of_every_weight(large, precisions, digits):
    directory, _ = precisions
    images = digits[:64, ..., None]
    trained = TrainedModel(large.compressor, large.qualities, images, "float16")
    litert.verify(trained, directory / "float16")
    with pytest.raises(InputError, match="litert"):
        litert.verify(replace(trained, precision="float32"), directory / "float16")
