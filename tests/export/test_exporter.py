import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import tensorflow as tf

from image_compressor import Codec, InputError
from image_compressor.data import datasets
from image_compressor.evaluation.measures import evaluate
from image_compressor.export import Exporter
from image_compressor.export.formats import onnx
from image_compressor.export.measuring import check
from image_compressor.model import architecture
from image_compressor.model.compressor import ImageCompressor
from image_compressor.training.freezing import freeze
from image_compressor.training.training import train
from image_compressor.watch import drift
from tests.conftest import config


def test_the_exported_codec_makes_the_file_of_the_keras_one(exported, compressor, pictures):
    loaded = Codec.load(exported)
    keras_codec = Codec(compressor.networks, loaded.qualities, loaded.identity)
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
    """A new codec needs only a model.json, because no code depends on its shapes."""
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
    exporter = Exporter(compressor, freeze(compressor, images, classes=3), images)
    keras_codec = Codec(compressor.networks, exporter.qualities)
    measured = evaluate(keras_codec, images, 70).measures.to_dict()
    exporter.export(tmp_path / "codec", "full", {}, (images, measured), formats=WRITTEN)
    codec = Codec.load(tmp_path / "codec")
    assert codec.networks.latent_shape == (4, 6, 5)
    decoded = codec.decompress(codec.compress(images, guard=False))
    assert np.array_equal(decoded, codec.decode(codec.encode(images)))


LITERT = {"encoder.tflite", "decoder.tflite"}
FULL = {"full.tflite", "full.keras", "full.onnx"}
WRITTEN = {
    "keras": {"encoder.keras", "decoder.keras"},
    "onnx": {"encoder.onnx", "decoder.onnx"},
    "saved_model": {"saved_model"},
}


@pytest.mark.parametrize(
    ("mode", "formats", "networks"),
    [
        ("encoder-decoder", [], LITERT),
        ("encoder-decoder", ["onnx"], LITERT | WRITTEN["onnx"]),
        ("full", [*WRITTEN], LITERT.union(FULL, *WRITTEN.values())),
    ],
)
def test_mode_and_formats_say_what_is_written(
    converted, compressor, qualities, pictures, tmp_path, mode, formats, networks
):
    exporter = Exporter(compressor, qualities, pictures[..., None])
    card = exporter.export(tmp_path / "codec", mode, formats=formats)
    written = {path.name for path in (tmp_path / "codec").iterdir()}
    assert written == networks | {"tables.npz", "card.json"}
    assert card["formats"] == ["litert", *formats]
    assert drift.of_card(card).images == len(pictures)
    Codec.load(tmp_path / "codec")


def test_formats_do_not_change_the_codec(exported, compressor, qualities, tmp_path):
    card = Exporter(compressor, qualities).export(tmp_path / "codec", formats=["saved_model"])
    written = {path.name for path in (tmp_path / "codec").iterdir()}
    assert written == LITERT | WRITTEN["saved_model"] | {"tables.npz", "card.json"}
    assert card["id"] == json.loads((exported / "card.json").read_text())["id"]
    for name in LITERT:
        assert (tmp_path / "codec" / name).read_bytes() == (exported / name).read_bytes()


@pytest.mark.parametrize(
    ("arguments", "nearest"),
    [
        ({"mode": "ful"}, "full"),
        ({"precision": "float61"}, "float16"),
        ({"formats": ["keras", "onxx"]}, "onnx"),
    ],
)
def test_a_name_that_is_none_is_refused(compressor, qualities, tmp_path, arguments, nearest):
    with pytest.raises(InputError, match=rf"Did you mean {nearest}\?"):
        Exporter(compressor, qualities).export(tmp_path / "codec", **arguments)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "images",
    [np.zeros((3, 16, 16), np.uint8), np.zeros((0, 16, 16, 1), np.uint8), np.ones((2, 16, 16, 1))],
)
def test_images_it_cannot_be_verified_with_are_refused(compressor, qualities, tmp_path, images):
    with pytest.raises(InputError, match="uint8 images"):
        Exporter(compressor, qualities, images).export(tmp_path / "codec")
    assert not list(tmp_path.iterdir())


def test_a_format_that_computes_something_else_fails_and_leaves_the_old(
    converted, trained, changed, compressor, qualities, pictures, tmp_path, monkeypatch
):
    (tmp_path / "codec").mkdir()
    (tmp_path / "codec/old").touch()
    other, write = replace(trained, compressor=changed("decoder"), full=False), onnx.write
    monkeypatch.setattr(onnx, "write", lambda trained, directory: write(other, directory))
    with pytest.raises(InputError, match=r"pixels.* from the onnx export"):
        exporter = Exporter(compressor, qualities, pictures[..., None])
        exporter.export(tmp_path / "codec", formats=["onnx"])
    assert [path.name for path in tmp_path.rglob("*")] == ["codec", "old"]


@pytest.mark.parametrize("step", ["write", "verify"])
def test_a_layer_that_a_format_lacks_is_one_line(
    converted, compressor, qualities, tmp_path, monkeypatch, step
):
    def fail(trained, directory):
        raise RuntimeError("no such operator:\nEinsumOfNine")

    monkeypatch.setattr(onnx, step, fail)
    with pytest.raises(InputError, match=r"run as onnx.*RuntimeError: no such op") as error:
        Exporter(compressor, qualities).export(tmp_path / "codec", formats=["onnx"])
    assert "\n" not in str(error.value)
    assert not list(tmp_path.iterdir())


def test_an_export_that_measures_differently_fails_and_leaves_the_old(
    converted, exported, compressor, qualities, pictures, tmp_path
):
    images = pictures[..., None]
    measured = evaluate(Codec.load(exported), images, 50).measures.to_dict()
    check(Codec.load(exported), images, measured)
    (tmp_path / "codec").mkdir()
    (tmp_path / "codec/old").touch()
    for name in ("bytes_per_image", "ssim"):
        wrong = {**measured, name: measured[name] * 1.002}
        exporter = Exporter(compressor, qualities)
        with pytest.raises(InputError, match=f"{name} .*, but evaluate measured"):
            exporter.export(tmp_path / "codec", "encoder-decoder", {}, (images, wrong))
    assert [path.name for path in tmp_path.rglob("*")] == ["codec", "old"]


def test_a_card_says_nothing_else_of_the_codec_than_what_it_is(
    exported, compressor, qualities, tmp_path
):
    old = json.loads((exported / "card.json").read_text())
    exporter = Exporter(compressor, qualities)
    new = exporter.export(tmp_path / "codec", card=old, precision="float16")
    assert new["data"] == "none" and new["formats"] == ["litert"]
    assert new["precision"] == "float16" and new["id"] != old["id"]


def test_a_loaded_codec_stays_what_it_is_when_another_is_exported_in_its_place(
    exported, changed, qualities, pictures, tmp_path
):
    codec = Codec.load(shutil.copytree(exported, tmp_path / "codec"))
    before = codec.compress(pictures)
    Exporter(changed("encoder"), qualities).export(tmp_path / "codec")
    assert codec.compress(pictures) == before
    assert Codec.load(tmp_path / "codec").compress(pictures) != before


@pytest.fixture
def copied(exported, tmp_path):
    return shutil.copytree(exported, tmp_path / "copied")


@pytest.mark.parametrize("name", ["encoder.tflite", "decoder.tflite", "tables.npz"])
@pytest.mark.parametrize("card", [True, False])
def test_a_broken_file_is_named(copied, name, card):
    (copied / name).write_bytes(b"broken")
    if not card:
        (copied / "card.json").unlink()
    with pytest.raises(InputError, match=name):
        Codec.load(copied)


@pytest.mark.parametrize("name", ["encoder.tflite", "decoder.tflite"])
def test_other_weights_than_were_exported_are_refused(copied, name):
    content = bytearray((copied / name).read_bytes())
    content[len(content) // 2] ^= 1
    (copied / name).write_bytes(content)
    with pytest.raises(InputError, match=rf"do not match their SHA-256 .*{name}"):
        Codec.load(copied)


@pytest.mark.parametrize("card", ["", "[]", '{"files": [1]}', '{"files": {}}'])
def test_a_broken_card_is_named(copied, card):
    (copied / "card.json").write_text(card)
    with pytest.raises(InputError, match=r"card\.json"):
        Codec.load(copied)
