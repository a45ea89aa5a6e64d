from dataclasses import replace

import numpy as np
import pytest

from image_compressor import Codec, InputError
from image_compressor.codec.networks import LiteRTNetwork, LiteRTNetworks
from image_compressor.export import litert
from image_compressor.export.exporter import PRECISIONS, Exporter
from image_compressor.model import architecture
from image_compressor.model.compressor import ImageCompressor
from image_compressor.model.freeze import freeze
from tests.conftest import ROOT

NETWORKS = ("encoder.tflite", "decoder.tflite")


@pytest.fixture(scope="module")
def precisions(digits, tmp_path_factory):
    """An untrained codec of the size of a real one, in each precision: directories and cards."""
    import keras

    keras.utils.set_random_seed(0)
    compressor = ImageCompressor(architecture.read(ROOT / "models/digits.json"), 50)
    exporter = Exporter(compressor, freeze(compressor), digits[..., None])
    directory = tmp_path_factory.mktemp("precisions")
    cards = {
        precision: exporter.export(directory / precision, precision=precision)
        for precision in PRECISIONS
    }
    return directory, cards


def test_litert_computes_what_keras_does(exported, compressor, pictures):
    networks, generator = LiteRTNetworks(exported), compressor.generator
    x = pictures[..., None] / np.float32(255)
    y = generator.encode(x)
    assert np.allclose(networks.encode(x), y, atol=1e-4)
    assert np.allclose(networks.decode(np.rint(y)), generator.decode(np.rint(y)), atol=1e-5)
    full = LiteRTNetwork(exported / "full.tflite")(x)
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


def test_float16_moves_pixels_by_two_levels_at_most_and_int8_by_few(precisions):
    directory, _ = precisions
    single, half, quarter = (Codec.load(directory / precision) for precision in PRECISIONS)
    symbols = np.random.default_rng(0).normal(0, 6, (200, 50)).astype(np.int32)
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
    with pytest.raises(InputError, match="images to calibrate int8"):
        Exporter(compressor, qualities).export(tmp_path / "codec", precision="int8")
    assert not list(tmp_path.iterdir())


def test_the_full_network_keeps_its_own_rounding_in_int8(source, tmp_path):
    source = replace(source, precision="int8")
    litert.write(source, tmp_path)
    litert.verify(source, tmp_path)


def test_float16_is_that_of_every_weight(source, tmp_path):
    source = replace(source, precision="float16")
    litert.write(source, tmp_path)
    litert.verify(source, tmp_path)
    with pytest.raises(InputError, match="litert"):
        litert.verify(replace(source, precision="float32"), tmp_path)
