import json

import keras
import numpy as np
import pytest
import tensorflow as tf
from ai_edge_litert.interpreter import Interpreter

from image_compressor import Codec, InputError
from image_compressor.codec.networks import LiteRTNetworks
from image_compressor.data import datasets
from image_compressor.evaluation.measures import evaluate
from image_compressor.export import PRECISIONS, Exporter, check
from image_compressor.model import architecture
from image_compressor.model.compressor import ImageCompressor
from image_compressor.model.freeze import freeze
from image_compressor.model.training import train
from tests.conftest import ROOT, config


def test_exported_networks_are_the_keras_ones(exported, compressor, pictures):
    networks = LiteRTNetworks(exported)
    x = pictures[..., None] / np.float32(255)
    y = compressor.generator.encode(x)
    assert np.allclose(networks.encode(x), y, atol=1e-4)
    assert np.allclose(
        networks.decode(np.rint(y)), compressor.generator.decode(np.rint(y)), atol=1e-5
    )
    for name, part in [("encoder", compressor.generator.encoder), ("full", compressor.generator)]:
        copy = keras.saving.load_model(exported / f"{name}.keras")
        assert np.allclose(copy(x), part(x), atol=1e-6)


def test_the_exported_codec_makes_the_file_of_the_keras_one(exported, compressor, pictures):
    loaded = Codec.load(exported)
    keras_codec = Codec(compressor.generator, loaded.qualities, loaded.identity)
    for quality in (1, 50, 100):
        expected = keras_codec.compress(pictures, quality=quality)
        assert loaded.compress(pictures, quality=quality) == expected


def test_the_card_has_the_id_that_is_in_the_files(exported, pictures):
    card = json.loads((exported / "card.json").read_text())
    codec = Codec.load(exported)
    assert bytes.fromhex(card["id"])[:4] == codec.identity == codec.compress(pictures)[5:9]
    assert card["data"] == "none"
    assert {"keras", "constriction"} < card["versions"].keys()


def test_other_layers_colour_and_convolutional_latents_train_and_round_trip(tmp_path):
    """A model.json alone makes another codec: no code knows its shapes."""
    tree = config((16, 24, 3))
    networks = tree["layers"]["generator"]["layers"]
    convolution = {"Conv2D": {"filters": 8, "kernel_size": 3, "padding": "same"}}
    networks["encoder"]["layers"] = [
        convolution,
        {"Residual": {"layers": [{"Activation": {"activation": "gelu"}}, convolution]}},
        {"AveragePooling2D": {"pool_size": 4}},
        {"Conv2D": {"filters": None, "kernel_size": 1, "name": "compressed_representation"}},
    ]
    networks["decoder"]["layers"] = [
        {"UpSampling2D": {"size": 4}},
        {"Conv2D": {"filters": 3, "kernel_size": 3, "padding": "same"}},
    ]
    images = np.random.default_rng(0).integers(0, 256, (40, 16, 24, 3), np.uint8)
    dataset = tf.data.Dataset.from_tensor_slices(images)
    architecture.check(tree)
    compressor = ImageCompressor(tree, 5)
    batches = datasets.training_batches(dataset, 8, shift=2, seed=0)
    train(compressor, batches, datasets.validation_batches(dataset, 8), 1, 0.01)
    exporter = Exporter(compressor, freeze(compressor, images, classes=3))
    keras_codec = Codec(compressor.generator, exporter.qualities)
    measured = evaluate(keras_codec, images, 70).measures.to_dict()
    exporter.export(tmp_path / "codec", "encoder-decoder", {}, (images, measured))
    codec = Codec.load(tmp_path / "codec")
    assert codec.networks.latent_shape == (4, 6, 5)
    decoded = codec.decompress(codec.compress(images))
    assert np.array_equal(decoded, codec.decode(codec.encode(images)))


TFLITE = {"encoder.tflite", "decoder.tflite"}
KERAS = {"encoder.keras", "decoder.keras"}


@pytest.mark.parametrize(
    ("mode", "networks"),
    [
        ("codec", TFLITE),
        ("encoder-decoder", TFLITE | KERAS),
        ("full", TFLITE | KERAS | {"full.tflite", "full.keras"}),
    ],
)
def test_a_mode_says_which_networks_are_written(compressor, qualities, tmp_path, mode, networks):
    Exporter(compressor, qualities).export(tmp_path / "codec", mode, {})
    written = {path.name for path in (tmp_path / "codec").iterdir()}
    assert written == networks | {"tables.npz", "card.json"}
    Codec.load(tmp_path / "codec")


@pytest.mark.parametrize(
    ("mode", "precision", "nearest"), [("ful", "float32", "full"), ("full", "float61", "float16")]
)
def test_a_mode_or_precision_that_is_none_is_refused(
    compressor, qualities, tmp_path, mode, precision, nearest
):
    with pytest.raises(InputError, match=rf"Did you mean {nearest}\?"):
        Exporter(compressor, qualities).export(tmp_path / "codec", mode, {}, precision=precision)
    assert not list(tmp_path.iterdir())


def test_the_full_network_is_the_model_at_middle_quality(exported, compressor, pictures):
    x, generator = pictures[..., None] / np.float32(255), compressor.generator
    interpreter = Interpreter(model_path=str(exported / "full.tflite"))
    place = interpreter.get_input_details()[0]["index"]
    interpreter.resize_tensor_input(place, x.shape)
    interpreter.allocate_tensors()
    interpreter.set_tensor(place, x)
    interpreter.invoke()
    images = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    widths = generator.rates.widths(np.float32([0.5]))
    expected = generator.decode(generator.quantise(generator.encode(x), widths))
    assert np.allclose(images, expected, atol=1e-4)


def test_float16_halves_the_networks_and_moves_pixels_by_two_levels_at_most(tmp_path):
    keras.utils.set_random_seed(0)
    compressor = ImageCompressor(architecture.read(ROOT / "models/digits.json"), 50)
    exporter = Exporter(compressor, freeze(compressor))
    for precision in PRECISIONS:
        card = exporter.export(tmp_path / precision, "codec", {}, precision=precision)
        assert card["precision"] == precision
    single, half = (Codec.load(tmp_path / precision) for precision in PRECISIONS)
    symbols = np.random.default_rng(0).normal(0, 6, (200, 50)).astype(np.int32)
    images = single.decode(symbols)
    assert images.std(axis=0).mean() > 10, "the images differ"
    assert np.abs(images.astype(int) - half.decode(symbols)).max() <= 2
    assert single.identity != half.identity
    for name in TFLITE:
        sizes = [(tmp_path / precision / name).stat().st_size for precision in PRECISIONS]
        assert 0.45 < sizes[1] / sizes[0] < 0.6


def test_an_export_that_measures_differently_fails_and_leaves_the_old(
    exported, compressor, qualities, pictures, tmp_path
):
    images = pictures[..., None]
    measured = evaluate(Codec.load(exported), images, 50).measures.to_dict()
    check(Codec.load(exported), images, measured)
    (tmp_path / "codec").mkdir()
    (tmp_path / "codec/old").touch()
    for name in ("bytes_per_image", "ssim"):
        wrong = {**measured, name: measured[name] * 1.002}
        exporter = Exporter(compressor, qualities)
        with pytest.raises(InputError, match=f"{name} .* as evaluate measured"):
            exporter.export(tmp_path / "codec", "encoder-decoder", {}, (images, wrong))
    assert [path.name for path in tmp_path.rglob("*")] == ["codec", "old"]


@pytest.mark.parametrize("name", ["encoder.tflite", "decoder.tflite", "tables.npz"])
def test_a_broken_file_is_named(exported, tmp_path, name):
    for path in exported.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / name).write_bytes(b"broken")
    with pytest.raises(InputError, match=name):
        Codec.load(tmp_path)
