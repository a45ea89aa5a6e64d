import json

import keras
import numpy as np
import pytest
import tensorflow as tf

from image_compressor import Codec, InputError
from image_compressor.codec.networks import LiteRTNetworks
from image_compressor.data import datasets
from image_compressor.evaluation.measures import evaluate
from image_compressor.export import Exporter, check
from image_compressor.model import architecture
from image_compressor.model.compressor import ImageCompressor
from image_compressor.model.freeze import freeze
from image_compressor.model.training import train
from tests.conftest import config


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
    keras_codec = Codec(compressor.generator, loaded.tables, loaded.identity)
    assert keras_codec.compress(pictures) == loaded.compress(pictures)


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
    networks["encoder"]["layers"] = [
        {"Conv2D": {"filters": 8, "kernel_size": 3, "padding": "same", "activation": "gelu"}},
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
    exporter = Exporter(compressor, freeze(compressor.density))
    measured = evaluate(Codec(compressor.generator, exporter.tables), images).measures.to_dict()
    exporter.export(tmp_path / "codec", "encoder-decoder", {}, (images, measured))
    codec = Codec.load(tmp_path / "codec")
    assert codec.networks.latent_shape == (4, 6, 5)
    decoded = codec.decompress(codec.compress(images))
    assert np.array_equal(decoded, codec.decode(codec.encode(images)))


def test_modes(compressor, tmp_path):
    exporter = Exporter(compressor, freeze(compressor.density))
    exporter.export(tmp_path / "codec", "encoder-decoder", {})
    networks = {f"{part}.{kind}" for part in ("encoder", "decoder") for kind in ("keras", "tflite")}
    written = {path.name for path in (tmp_path / "codec").iterdir()}
    assert written == networks | {"tables.json", "card.json"}
    with pytest.raises(InputError, match=r"Did you mean full\?"):
        exporter.export(tmp_path / "codec", "ful", {})


def test_an_export_that_measures_differently_fails_and_leaves_the_old(
    exported, compressor, pictures, tmp_path
):
    images = pictures[..., None]
    measured = evaluate(Codec.load(exported), images).measures.to_dict()
    check(Codec.load(exported), images, measured)
    (tmp_path / "codec").mkdir()
    (tmp_path / "codec/old").touch()
    for name in ("bytes_per_image", "ssim"):
        wrong = {**measured, name: measured[name] * 1.002}
        exporter = Exporter(compressor, freeze(compressor.density))
        with pytest.raises(InputError, match=f"{name} .* as evaluate measured"):
            exporter.export(tmp_path / "codec", "encoder-decoder", {}, (images, wrong))
    assert [path.name for path in tmp_path.rglob("*")] == ["codec", "old"]


@pytest.mark.parametrize("name", ["encoder.tflite", "decoder.tflite", "tables.json"])
def test_a_broken_file_is_named(exported, tmp_path, name):
    for path in exported.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / name).write_bytes(b"broken")
    with pytest.raises(InputError, match=name):
        Codec.load(tmp_path)
