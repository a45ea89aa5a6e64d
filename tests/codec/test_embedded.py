"""Codecs inside the files that they wrote."""

import io
import lzma

import numpy as np
import pytest

from image_compressor import Codec, InputError
from image_compressor.codec import embedded, exported, store, trial
from image_compressor.codec.embedded import DIGEST, PARTS
from image_compressor.codec.exported import DECODER, HYPER_DECODER
from image_compressor.codec.file.reader import Reader
from image_compressor.codec.file.reading import varint
from image_compressor.codec.frozen import table_file
from image_compressor.codec.tflite import OPERATORS, Graph
from tests.photographs import picture


def files(name):
    return exported.read_whole(exported.find(name))


def digit(side):
    """A square of this many pixels, on black."""
    image = np.zeros((28, 28), np.uint8)
    image[5 : 5 + side, 5 : 5 + side] = 255
    return image


@pytest.fixture(scope="module")
def packed():
    return embedded.pack(files("digits"))


@pytest.mark.parametrize("name", ["digits", "photo"])
def test_the_part_that_decodes_comes_back_to_the_byte(name):
    whole = files(name)
    found, tables = embedded.unpack(embedded.pack(whole)), table_file.arrays(whole["tables.npz"])
    assert found.identity.hex() == exported.codec_id(whole)
    assert found.networks == {part: whole[part] for part in embedded.NETWORKS if part in whole}
    assert found.tables.keys() == tables.keys()
    for array in tables:
        assert found.tables[array].dtype == tables[array].dtype
        assert np.array_equal(found.tables[array], tables[array])


def test_that_of_digits_takes_less_than_a_megabyte(packed):
    assert len(packed) < 1_000_000


@pytest.mark.parametrize("name", ["digits", "photo"])
def test_a_file_with_its_codec_is_decoded_to_the_same_pixels(name):
    codec = Codec.load(name)
    images = [digit(3), digit(4)] if name == "digits" else [picture(70, 90), picture(33, 20)]
    data, plain = codec.compress(images, embed=True), codec.compress(images)
    reader = Reader(io.BytesIO(data))
    assert len(data) - len(plain) - len(reader.embedded) in range(12)
    found = Codec.from_embedded(reader.embedded)
    assert found.identity == codec.identity
    pairs = zip(found.decompress(data), codec.decompress(plain), strict=True)
    assert all(np.array_equal(*pair) for pair in pairs)
    with pytest.raises(InputError, match="can only decode"):
        found.compress(images)


def test_only_a_codec_with_files_can_be_embedded(packed):
    with pytest.raises(InputError, match="loaded from its files"):
        Codec.from_embedded(packed).packed  # noqa: B018


@pytest.mark.parametrize("position", [40, 64, 70, 5000, 650_000, 900_000, -9])
def test_damage_is_found(packed, position):
    wrong = bytearray(packed)
    wrong[position] ^= 1
    for content in (bytes(wrong), packed[:position], packed + b"\0"):
        with pytest.raises(InputError):
            embedded.unpack(content)


def test_what_unpacks_to_more_than_the_limit_is_refused():
    sizes = varint(100) + varint(2**40) + varint(0) * 2 * (len(PARTS) - 1)
    with pytest.raises(InputError, match="more than"):
        embedded.unpack(bytes(2 * DIGEST) + sizes + bytes(100))


def test_a_part_that_unpacks_to_more_than_it_says_is_refused():
    bomb = lzma.compress(bytes(10**8))
    sizes = varint(len(bomb)) + varint(1000) + varint(0) * 2 * (len(PARTS) - 1)
    with pytest.raises(InputError, match="other sizes"):
        embedded.unpack(bytes(2 * DIGEST) + sizes + bomb)


@pytest.fixture
def no_store(monkeypatch):
    """Nothing that passed a trial is remembered."""
    monkeypatch.setenv(store.VARIABLE, "")


@pytest.mark.parametrize("name", ["CUSTOM", "WHILE", "CAST", "TILE"])
def test_networks_with_other_operators_are_refused(no_store, name):
    graph = Graph(files("digits")[DECODER])
    graph.model.operatorCodes[0].builtinCode = getattr(OPERATORS, name)
    with pytest.raises(InputError, match=f"operators that no codec has: {name}"):
        trial.check({DECODER: graph.packed()})


def test_networks_that_take_much_memory_are_refused(no_store):
    """Transposed convolutions that claim 256 times the size along an axis, not twice."""
    whole = files("photo")
    graph = Graph(whole[HYPER_DECODER])
    for tensor in graph.tensors:
        data = graph.model.buffers[tensor.buffer].data
        if tensor.type == 2 and data is not None and len(data) == 4:  # int32: a factor of a size
            graph.model.buffers[tensor.buffer].data = np.frombuffer(b"\0\1\0\0", np.uint8)
    with pytest.raises(InputError, match="does not run"):
        trial.check({DECODER: whole[DECODER], HYPER_DECODER: graph.packed()})


def test_modules_in_the_current_directory_are_not_run(no_store, packed, tmp_path, monkeypatch):
    (tmp_path / "numpy.py").write_text("raise SystemExit('hijacked')")
    monkeypatch.chdir(tmp_path)
    trial.check(embedded.unpack(packed).networks)


@pytest.mark.parametrize("content", [b"", b"none", bytes(1000), b"\x1c\0\0\0TFL3" + bytes(64)])
def test_anything_but_networks_is_refused(no_store, content):
    with pytest.raises(InputError, match="embedded codec that does not run"):
        trial.check({DECODER: content})


def test_networks_that_passed_are_not_tried_again(monkeypatch, tmp_path, packed):
    monkeypatch.setenv(store.VARIABLE, str(tmp_path / "store"))
    networks = embedded.unpack(packed).networks
    trial.check(networks)
    monkeypatch.setattr(trial, "_try", None)
    trial.check(networks)
    assert list(store.entries()) == []
