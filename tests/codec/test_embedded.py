"""Codecs inside the files that they wrote."""

import hashlib
import io
import lzma
import resource
import subprocess
import sys

import numpy as np
import pytest

from image_compressor import Codec, InputError
from image_compressor.codec import embedded, exported, store, trial
from image_compressor.codec.embedded import DIGEST, PARTS
from image_compressor.codec.exported import DECODER, HYPER_DECODER
from image_compressor.codec.file.reader import Reader
from image_compressor.codec.file.reading import varint
from image_compressor.codec.frozen import table_file
from image_compressor.codec.frozen.tflite import OPERATORS, Graph
from image_compressor.codec.hyper import PANEL
from image_compressor.codec.tiles import MARGIN, TILE
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


@pytest.mark.parametrize(
    ("stated", "cut", "more"),
    [(999, 0, b""), (1001, 0, b""), (1000, 12, b""), (1000, 0, b"more"), (0, 0, b""), (1, 12, b"")],
)
def test_a_part_has_the_size_that_is_stated_and_its_end(stated, cut, more):
    whole = bytes(range(250)) * 4
    packed = lzma.compress(whole)
    part = packed[: len(packed) - cut] + more
    sizes = varint(len(part)) + varint(stated) + varint(0) * 2 * (len(PARTS) - 1)
    digest = hashlib.sha256(whole).digest()
    with pytest.raises(InputError, match="other sizes"):
        embedded.unpack(bytes(DIGEST) + digest + sizes + part)
    sizes = varint(len(packed)) + varint(len(whole)) + varint(0) * 2 * (len(PARTS) - 1)
    with pytest.raises(InputError, match="without a decoder or without tables"):
        embedded.unpack(bytes(DIGEST) + digest + sizes + packed)


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


def test_all_networks_that_passed_are_remembered(monkeypatch, tmp_path):
    monkeypatch.setenv(store.VARIABLE, str(tmp_path / "store"))
    tried = []
    monkeypatch.setattr(trial, "_try", tried.append)
    networks = [{DECODER: b"one"}, {DECODER: b"two"}, {DECODER: b"two", HYPER_DECODER: b"three"}]
    for each in 2 * networks:
        trial.check(each)
    assert tried == networks


@pytest.fixture
def in_this_process(no_store, monkeypatch):
    """A trial runs here, where an error shows; the list of the limits that it set."""

    def run(command, input, **_):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(input)))
        trial.main()
        return subprocess.CompletedProcess(command, 0)

    limits = []
    monkeypatch.setattr(trial.subprocess, "run", run)
    monkeypatch.setattr(resource, "setrlimit", lambda *limit: limits.append(limit))
    return limits


@pytest.mark.parametrize("name", ["digits", "photo"])
def test_a_trial_limits_its_memory_and_runs_the_decoders(in_this_process, monkeypatch, name):
    whole, run, found = files(name), trial._run, []
    monkeypatch.setattr(trial, "_run", lambda networks: (found.append(networks), run(networks)))
    trial.check({part: whole[part] for part in embedded.NETWORKS if part in whole})
    assert in_this_process == [(resource.RLIMIT_DATA, (trial.MEMORY, trial.MEMORY))]
    assert hasattr(found[0], "hyper_stride") == (name == "photo")


def test_the_operators_of_every_network_are_looked_at(in_this_process, monkeypatch):
    seen = []
    monkeypatch.setattr(trial, "_check_operators", seen.append)
    monkeypatch.setattr(trial, "LiteRTNetworks", dict)
    monkeypatch.setattr(trial, "_run", lambda networks: seen.append([*networks]))
    trial.check({DECODER: b"first", HYPER_DECODER: b"second one"})
    assert seen == [b"first", b"second one", [DECODER, HYPER_DECODER]]


@pytest.mark.parametrize("error", [ValueError, OSError])
def test_a_lower_limit_of_memory_stays(monkeypatch, error):
    def refused(*limit):
        raise error

    monkeypatch.setattr(resource, "setrlimit", refused)
    trial._limit_memory()


def test_where_memory_cannot_be_limited_it_is_not(monkeypatch):
    monkeypatch.setitem(sys.modules, "resource", None)
    trial._limit_memory()


def test_operators_are_named_in_order_and_unknown_ones_by_number():
    graph = Graph(files("digits")[DECODER])
    for code, found in zip(graph.model.operatorCodes, (OPERATORS.WHILE, 5000), strict=False):
        code.builtinCode = found
    with pytest.raises(ValueError, match=r"has: 5000, WHILE$"):
        trial._check_operators(graph.packed())


def test_a_second_graph_is_refused():
    graph = Graph(files("digits")[DECODER])
    graph.model.subgraphs.append(graph.graph)
    with pytest.raises(ValueError, match="has: several graphs"):
        trial._check_operators(graph.packed())


class Claims:
    """Networks for images of any size, or of one, that compute nothing: zeros of some sizes."""

    hyper_channels = 4

    def __init__(self, stride=16, hyper_stride=2, side=None, wrong=0, hyper_wrong=0):
        self.image_shape = (side, side, 3)
        self.latent_shape = (None, None, 5) if side is None else (50,)
        self.batch, self.stride = 7, stride
        self.wrong, self.hyper_wrong, self.given = wrong, hyper_wrong, []
        if side is None:
            self.hyper_stride = hyper_stride

    def decode(self, y_hat):
        self.given.append((y_hat.shape, y_hat.dtype))
        rows, columns = self.image_shape[:2]
        if rows is None:
            rows, columns = (self.stride * size for size in y_hat.shape[1:3])
        return np.broadcast_to(np.float32(0), (len(y_hat), rows, columns + self.wrong, 3))

    def hyper_decode(self, z_hat):
        self.given.append((z_hat.shape, z_hat.dtype))
        height, width = (self.hyper_stride * size for size in z_hat.shape[1:3])
        return np.broadcast_to(np.float32(0), (1, height, width, 10 + self.hyper_wrong))


@pytest.mark.parametrize("hyper_stride", [1, 3, 4, PANEL])
@pytest.mark.parametrize("stride", [1, 16, trial.LARGEST_STRIDE])
def test_a_trial_takes_as_much_as_is_decoded_at_a_time(stride, hyper_stride):
    networks = Claims(stride, hyper_stride)
    trial._run(networks)
    tile, panel = TILE + 2 * MARGIN, -(-PANEL // hyper_stride)
    assert networks.given == [
        ((1, tile, tile, 5), np.float32),
        ((1, panel, panel, 4), np.float32),
    ]
    whole = Claims(side=28)
    trial._run(whole)
    assert whole.given == [((7, 50), np.float32)]


@pytest.mark.parametrize(
    ("claims", "message"),
    [
        ({"stride": 0}, "0 pixels a latent"),
        ({"stride": trial.LARGEST_STRIDE + 1}, "65 pixels a latent"),
        ({"hyper_stride": 0}, "0 latents a hyper-latent"),
        ({"hyper_stride": PANEL + 1}, "65 latents a hyper-latent"),
        ({"wrong": 1}, r"a result of \(1, 640, 641, 3\), not \(1, 640, 640, 3\)"),
        ({"side": 28, "wrong": 1}, r"a result of \(7, 28, 29, 3\), not \(7, 28, 28, 3\)"),
        ({"hyper_wrong": 1}, r"a result of \(1, 64, 64, 11\), not \(1, 64, 64, 10\)"),
    ],
)
def test_networks_that_give_other_sizes_than_they_claim_are_refused(claims, message):
    with pytest.raises(ValueError, match=message):
        trial._run(Claims(**claims))
