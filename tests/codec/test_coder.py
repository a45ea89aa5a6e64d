from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from image_compressor import InputError
from image_compressor.codec.coder import Coder
from image_compressor.codec.frozen.tables import OFFSET_LIMIT, SYMBOL_LIMIT
from tests.codec.networks import classed_tables, tables

CODERS = {
    "one class": lambda: Coder(tables(3)),
    "three classes": lambda: Coder(classed_tables(3)),
}
GOLDEN = {
    "one class": "52ab560c8f26db1866dfc6fc0424dc39cd8e02a40000c08600000000",
    "three classes": "dec99cb8ec4c7b024078d631a69ebeb3f20da484e3161afe00d57da7",
}
SHAPES = arrays.array_shapes(min_dims=1, max_dims=3, max_side=9).map(lambda shape: (*shape, 3))
SYMBOLS = st.integers(-130, 30) | st.integers(-SYMBOL_LIMIT, SYMBOL_LIMIT)

of_each_coder = pytest.mark.parametrize("name", CODERS)


@of_each_coder
@given(symbols=arrays.arrays(np.int32, SHAPES, elements=SYMBOLS))
def test_decoding_inverts_encoding_escapes_included(name, symbols):
    payload = CODERS[name]().encode(symbols)
    assert np.array_equal(CODERS[name]().decode(payload, symbols.shape), symbols)


@of_each_coder
def test_golden_bytes(name):
    """The bytes cover symbols inside the tables and escapes of every size."""
    symbols = np.array([[0, 5, 12], [13, -1, 70000], [3, 2**30, -(2**30)], [-99] * 3], np.int32)
    assert CODERS[name]().encode(symbols).hex() == GOLDEN[name]
    assert np.array_equal(CODERS[name]().decode(bytes.fromhex(GOLDEN[name]), (4, 3)), symbols)


@of_each_coder
def test_every_length_of_escape_survives(name):
    powers = [
        sign * (2**bit + offset) for bit in range(30) for offset in (-1, 0, 1) for sign in (1, -1)
    ]
    symbols = np.array(powers, np.int32)[:, None].repeat(3, axis=1)
    assert np.array_equal(
        CODERS[name]().decode(CODERS[name]().encode(symbols), symbols.shape), symbols
    )


def test_two_classes_are_coded_too():
    several = classed_tables(3)
    halves = {"classes": np.array([2**15, 2**15])}
    two = Coder(replace(several, index=several.index[:2], offsets=several.offsets[:2], **halves))
    symbols = np.random.default_rng(0).choice([-98, 5], (50, 1)) + np.arange(3)
    assert np.array_equal(two.decode(two.encode(symbols), symbols.shape), symbols)


@pytest.mark.parametrize("offset", [-OFFSET_LIMIT, OFFSET_LIMIT])
def test_the_largest_symbols_survive_the_largest_offsets(offset):
    tables = classed_tables(3)
    coder = Coder(replace(tables, offsets=np.full_like(tables.offsets, offset)))
    symbols = np.array([[-SYMBOL_LIMIT, 0, SYMBOL_LIMIT]], np.int32)
    assert np.array_equal(coder.decode(coder.encode(symbols), symbols.shape), symbols)


def test_bits_are_minus_log2_of_the_probability():
    coder = CODERS["one class"]()
    frequency = coder.tables.bank.frequencies[49][4]
    assert np.allclose(coder.bits(np.full((2, 3), 4)), 3 * (16 - np.log2(frequency)))


def test_bits_of_a_vector_are_those_of_its_class_and_its_symbols():
    coder = CODERS["three classes"]()
    finest = coder.tables.bank.frequencies[2][30 - np.arange(3)]
    vector = np.full((1, 3), 2 + 7 + 30)
    assert np.allclose(coder.bits(vector), 2 + (16 - np.log2(finest)).sum())


@of_each_coder
def test_a_payload_is_as_long_as_its_bits(name):
    rng = np.random.default_rng(0)
    symbols = rng.choice(13, (4096, 3)).astype(np.int32) - 95 * rng.choice(2, (4096, 1))
    bits = CODERS[name]().bits(symbols.reshape(64, 64, 3))
    assert bits.shape == (64, 64)
    bits = bits.sum()
    assert bits / 8 * 0.9999 <= len(CODERS[name]().encode(symbols)) <= bits / 8 * 1.001 + 8


def test_classes_save_bytes_if_vectors_are_of_several_kinds():
    symbols = np.random.default_rng(0).choice([-98, 30], (4096, 1)) + np.arange(3)
    payloads = {name: coder().encode(symbols) for name, coder in CODERS.items()}
    assert len(payloads["three classes"]) < len(payloads["one class"]) / 2


@of_each_coder
def test_the_bits_of_escapes_are_those_of_the_payload(name):
    symbols = np.random.default_rng(0).integers(-(2**20), 2**20, (1024, 3)).astype(np.int32)
    bits = CODERS[name]().bits(symbols).sum()
    assert len(CODERS[name]().encode(symbols)) * 8 == pytest.approx(bits, rel=1e-3)


def test_symbols_out_of_range_are_refused_not_clipped():
    with pytest.raises(InputError, match="symbols within"):
        CODERS["one class"]().encode(np.full((1, 3), SYMBOL_LIMIT + 1, np.int64))


def test_another_number_of_channels_is_refused():
    with pytest.raises(InputError, match="3 channels"):
        CODERS["one class"]().encode(np.zeros((2, 4), np.int32))


@of_each_coder
@given(payload=st.binary(max_size=64))
def test_a_payload_that_no_encoder_wrote_gives_symbols_or_an_error(name, payload):
    try:
        assert CODERS[name]().decode(payload, (5, 3)).shape == (5, 3)
    except InputError as error:
        assert "damaged" in str(error)
