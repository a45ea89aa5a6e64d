import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from image_compressor import InputError
from image_compressor.codec.coder import Coder
from image_compressor.codec.tables import SYMBOL_LIMIT
from tests.codec.networks import tables

CODER = Coder(tables(3))
GOLDEN = "8a73a60cfead988d9efe0e010000008000000000"
SHAPES = arrays.array_shapes(min_dims=1, max_dims=3, max_side=9).map(lambda shape: (*shape, 3))


@given(arrays.arrays(np.int32, SHAPES, elements=st.integers(-SYMBOL_LIMIT, SYMBOL_LIMIT)))
def test_decoding_inverts_encoding_escapes_included(symbols):
    assert np.array_equal(CODER.decode(CODER.encode(symbols), symbols.shape), symbols)


def test_golden_bytes():
    """Symbols inside the tables and escapes of every size, as this version codes them."""
    symbols = np.array([[0, 5, 12], [13, -1, 70000], [3, 2**30, -(2**30)]], np.int32)
    assert CODER.encode(symbols).hex() == GOLDEN
    assert np.array_equal(CODER.decode(bytes.fromhex(GOLDEN), (3, 3)), symbols)


def test_every_length_of_escape_survives():
    powers = [
        sign * (2**bit + offset) for bit in range(30) for offset in (-1, 0, 1) for sign in (1, -1)
    ]
    symbols = np.array(powers, np.int32)[:, None].repeat(3, axis=1)
    assert np.array_equal(CODER.decode(CODER.encode(symbols), symbols.shape), symbols)


def test_bits_are_minus_log2_of_the_probability():
    frequency = CODER.tables.frequencies[0][4]
    assert np.allclose(CODER.bits(np.full((2, 3), 4)), 16 - np.log2(frequency))


def test_a_payload_is_as_long_as_its_entropy():
    rng = np.random.default_rng(0)
    symbols = rng.choice(13, (4096, 3)).astype(np.int32)
    bits = CODER.bits(symbols).sum()
    assert bits / 8 <= len(CODER.encode(symbols)) <= bits / 8 * 1.001 + 8


def test_the_bits_of_escapes_are_what_they_take():
    symbols = np.random.default_rng(0).integers(-(2**20), 2**20, (1024, 3)).astype(np.int32)
    assert len(CODER.encode(symbols)) * 8 == pytest.approx(CODER.bits(symbols).sum(), rel=1e-3)


def test_symbols_out_of_range_are_refused_not_clipped():
    with pytest.raises(InputError, match="symbols within"):
        CODER.encode(np.full((1, 3), SYMBOL_LIMIT + 1, np.int64))


def test_another_number_of_channels_is_refused():
    with pytest.raises(InputError, match="3 channels"):
        CODER.encode(np.zeros((2, 4), np.int32))


@given(st.binary(max_size=64))
def test_a_payload_that_no_encoder_wrote_gives_symbols_or_an_error(payload):
    try:
        assert CODER.decode(payload, (5, 3)).shape == (5, 3)
    except InputError as error:
        assert "damaged" in str(error)
