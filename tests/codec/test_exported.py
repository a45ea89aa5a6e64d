"""Loading a codec from a directory, and its identity."""

import io
import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from image_compressor import Codec, InputError
from image_compressor.codec import exported
from image_compressor.codec import exported as module
from image_compressor.codec.exported import (
    CARD,
    DECODER,
    ENCODER,
    HYPER_DECODER,
    HYPER_ENCODER,
    codec_id,
    read,
)
from image_compressor.codec.file.container import Header
from image_compressor.codec.frozen.table_file import TABLES
from image_compressor.codec.guard.choosing import same
from image_compressor.codec.writing import write_blocks
from image_compressor.images.fitting import Policy
from tests.codec.networks import QuarterMeans, codec, images, tables


@pytest.fixture
def directory(tmp_path):
    return shutil.copytree(exported.find("photo"), tmp_path / "photo")


def test_the_id_of_a_codec_covers_the_files_for_decoding(directory):
    files = read(directory)
    card = json.loads(files[CARD])
    assert Codec.load(directory).identity == bytes.fromhex(card["id"])[:4]
    assert codec_id(files) == card["id"]
    seen = {card["id"]}
    for name in (TABLES, DECODER, HYPER_DECODER):
        files = {**files, name: files[name] + b"\0"}
        seen.add(codec_id(files))
    without = {name: content for name, content in files.items() if name != HYPER_DECODER}
    assert len(seen | {codec_id(without)}) == 5
    assert codec_id({**files, ENCODER: b""}) in seen


def test_a_codec_replaced_during_loading_is_never_mixed(directory, monkeypatch):
    once, calls = module._read, []

    def replacing(path):
        files = once(path)
        calls.append(path)
        if len(calls) == 1:
            shutil.rmtree(directory)
            shutil.copytree(exported.find("digits"), directory)
            return {**files, DECODER: b"of neither"}
        return files

    monkeypatch.setattr(module, "_read", replacing)
    assert Codec.load(directory).identity == Codec.load("digits").identity


@pytest.mark.parametrize("name", [TABLES, ENCODER, DECODER, HYPER_ENCODER])
@pytest.mark.parametrize("card", [True, False])
def test_a_missing_file_is_named(directory, name, card):
    (directory / name).unlink()
    if not card:
        (directory / CARD).unlink()
    with pytest.raises(InputError, match=f"not an exported codec: it has no {name}"):
        Codec.load(directory)


def test_files_that_are_not_those_of_the_card_are_named(directory):
    for name in (ENCODER, HYPER_DECODER):
        (directory / name).write_bytes((directory / name).read_bytes() + b"\0")
    recorded = [*json.loads((directory / CARD).read_text())["files"]]
    changed = sorted([ENCODER, HYPER_DECODER], key=recorded.index)
    with pytest.raises(InputError, match=f"SHA-256 in {CARD}: {', '.join(changed)}. Copy"):
        exported.read_whole(directory)
    (directory / CARD).write_text("{}")
    assert exported.read_whole(directory) == read(directory)
    (directory / CARD).unlink()
    assert exported.read_whole(directory) == read(directory)


def test_a_file_that_the_card_does_not_know_is_named_too(directory):
    card = json.loads((directory / CARD).read_text())
    del card["files"][ENCODER]
    card["files"]["other.tflite"] = "00"
    (directory / CARD).write_text(json.dumps(card))
    with pytest.raises(InputError, match=f"SHA-256 in {CARD}: other.tflite, {ENCODER}. Copy"):
        exported.read_whole(directory)


@pytest.mark.parametrize("card", ["", "[]", "none", '{"files": []}', '{"files": {"a": 1}}'])
def test_a_card_that_is_none_is_refused(card):
    with pytest.raises(InputError, match=rf"a {CARD} that is a JSON object.*Export the codec"):
        exported.card({CARD: card.encode()})


def test_it_takes_its_policy_from_the_card_or_keeps_sizes(directory):
    assert codec(3).policy == Policy(3)
    cropping = Policy(1, "crop", (8, 8))
    assert Codec(QuarterMeans(), codec().qualities, policy=cropping).policy == cropping
    shutil.copytree(exported.find("digits"), directory, dirs_exist_ok=True)
    card = {"parameters": {"preprocess": {"fit": "crop"}}}
    (directory / "card.json").write_text(json.dumps(card))
    (directory / HYPER_DECODER).unlink()
    assert Codec.load(directory).policy == Policy(1, "crop", (28, 28))


@pytest.mark.parametrize("block", [1, 2, 3])
def test_images_are_found_in_blocks_of_any_length(block):
    file, given = io.BytesIO(), images(7)
    header = Header(b"test", 50, (8, 8, 1), block, stacked=True, channel_axis=True)
    parts = [given[start : start + block] for start in range(0, 7, block)]
    blocks = [(part, codec().latents(part)) for part in parts]
    written = write_blocks(codec(), file, header, blocks, same(50))
    assert (written.images, written.bytes) == (7, len(file.getvalue()))
    archive = codec().open(file)
    assert np.array_equal([archive[n] for n in range(7)], codec().decompress(file.getvalue()))


@pytest.mark.parametrize("channels", [2, 3])
def test_a_file_of_colour_images_without_a_channel_axis_is_damaged(channels):
    file, given = io.BytesIO(), images(2, channels)
    header = Header(b"test", 50, (8, 8, channels), 2, stacked=True, channel_axis=True)
    one = codec(channels)
    write_blocks(one, file, header, [(given, one.latents(given))], same(50))
    assert np.array_equal(one.open(file)[1], one.decompress(file.getvalue())[1])
    flat = replace(header, channel_axis=False)
    write_blocks(one, file := io.BytesIO(), flat, [(given, one.latents(given))], same(50))
    with pytest.raises(InputError, match="from a codec for other shapes"):
        one.open(file)


def test_latents_may_lie_in_a_plane():
    networks = QuarterMeans(3)
    networks.latent_shape = (2, 2, 3)
    one = Codec(networks, [tables(3, quality) for quality in range(1, 101)])
    given = images(300, 3)
    assert np.array_equal(one.decompress(one.compress(given)), one.decode(one.encode(given)))
    bits = one.bits(given)
    assert bits.shape == (300,)
    assert len(one.compress(given)) == pytest.approx(bits.sum() / 8, rel=0.01, abs=40)
