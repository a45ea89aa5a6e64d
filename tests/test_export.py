import json

import keras
import numpy as np
import pytest

from image_compressor import Codec, InputError
from image_compressor.codec.networks import LiteRTNetworks
from image_compressor.evaluation.measures import evaluate
from image_compressor.export import Exporter, check
from image_compressor.model.freeze import freeze


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


def test_modes(compressor, tmp_path):
    exporter = Exporter(compressor, freeze(compressor.density))
    exporter.export(tmp_path / "codec", "encoder-decoder", {})
    networks = {f"{part}.{kind}" for part in ("encoder", "decoder") for kind in ("keras", "tflite")}
    written = {path.name for path in (tmp_path / "codec").iterdir()}
    assert written == networks | {"tables.json", "card.json"}


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
