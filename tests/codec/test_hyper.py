"""The coder for latents with a hyperprior."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from image_compressor import InputError
from image_compressor.codec.frozen.hyper_tables import MEAN_STEPS, SCALES, HyperTables
from image_compressor.codec.frozen.tables import SYMBOL_LIMIT, Bank
from image_compressor.codec.hyper import PRICE, HyperCoder
from tests.codec.networks import HYPER_BANK, BlockMeans, hyper_tables

TABLES = hyper_tables()
NUMBERS = st.floats(-60, 60, width=32) | st.floats(-(2**28), 2**28, width=32)
SHAPES = st.tuples(st.integers(1, 2), st.integers(1, 7), st.integers(1, 7), st.just(3))
# Changing these bytes requires a new version of the format.
GOLDEN = (
    "ffffffffecd42bfb18969efc1479bf4d10bc77836d547f814fb9d22eec7d88ff84abd9c5ffffffffff3f78ff"
    "ff305affff213cffff121effff0300fffff4e1ffffe4c1ffffd4a1ffffc481ffffb461ffffa441ffff9421ff"
    "ff8401ffff74e1ffff63bfffff529dffff417bffff3059ffff1f37ffff0e15fffffdf2ffffebceffffd9aaff"
    "ffc786ffffb562ffffa33eff7f32a6e9ff7ff6ff174f78ff85f1f137f180b67730850e68adee9efa598c71b3"
    "50680bbb405a2bc0eba324db26cede160a3d209ca24969847abb19eeef9dc601dadf7276c7ffe925e3e9bd45"
    "8c1f709820e2188687a1ea4de6a739cf1c34987c06616f439543b4d9e505778056f24d3a00008057"
)


def coder():
    return HyperCoder(BlockMeans(), TABLES)


def smooth(*shape):
    """Smooth latents with some noise."""
    rows, columns = np.mgrid[: shape[1], : shape[2]]
    waves = 30 * np.sin(rows / 9) + 30 * np.cos(columns / 7)
    noise = np.random.default_rng(0).normal(0, 2, (shape[0], *shape[1:3], 3))
    return (waves[..., None] + noise).astype(np.float32)


def same(one, other):
    return one.shape == other.shape and np.array_equal(np.asarray(one), np.asarray(other))


def bits(positions, symbols):
    """The bits of each symbol at its scale, computed from the frequencies in the table."""
    tables = [HYPER_BANK.frequencies[3 + position] for position in positions.ravel()]
    middles = [len(table) // 2 - 1 for table in tables]
    symbols = np.broadcast_to(symbols, positions.shape).ravel()
    numbers = [t[m + s] for t, m, s in zip(tables, middles, symbols, strict=True)]
    return (16 - np.log2(numbers)).reshape(positions.shape)


@given(arrays.arrays(np.float32, SHAPES, elements=NUMBERS))
def test_decoding_inverts_encoding_escapes_included(latents):
    symbols = coder().quantise(latents)
    decoded = coder().decode(coder().encode(symbols), latents.shape)
    assert same(decoded, symbols) and len(decoded) == len(latents)
    assert np.asarray(decoded).dtype == np.int32
    assert np.array_equal(coder().dequantise(decoded), coder().dequantise(symbols))


def test_golden_bytes():
    latents = np.arange(-30, 30, dtype=np.float32).reshape(1, 4, 5, 3) ** 3 / 16
    assert coder().encode(coder().quantise(latents)).hex() == GOLDEN
    decoded = coder().decode(bytes.fromhex(GOLDEN), latents.shape)
    assert same(decoded, coder().quantise(latents))


def test_a_symbol_is_the_nearest_or_0_if_that_is_cheaper():
    latents = smooth(1, 40, 30)
    (panel,) = coder().quantise(latents).panels
    residuals = latents[0] / TABLES.widths - panel.means / MEAN_STEPS
    nearest, size = np.rint(residuals), np.abs(residuals)
    zero = size**2 + PRICE * bits(panel.positions, 0)
    one = (size - 1) ** 2 + PRICE * bits(panel.positions, 1)
    dropped = (np.abs(nearest) == 1) & (zero < one)
    assert dropped.any()
    assert np.array_equal(panel.y, np.where(dropped, 0, nearest))


def test_latents_come_back_within_a_bin_of_their_channel():
    latents = smooth(2, 130, 70)
    decoded = coder().dequantise(coder().quantise(latents))
    errors = np.abs(decoded - latents) / TABLES.widths
    assert decoded.dtype == np.float32
    assert errors.max() < 0.75
    assert errors.mean() < 0.3


def test_large_images_are_coded_in_panels_of_64_row_after_row():
    symbols = coder().quantise(smooth(2, 130, 70))
    sizes = [(64, 64), (64, 6), (64, 64), (64, 6), (2, 64), (2, 6)]
    assert [panel.y.shape[:2] for panel in symbols.panels] == 2 * sizes
    assert [panel.z.shape[:2] for panel in symbols.panels[1::4]] == [(32, 3), (1, 3), (32, 3)]
    assert same(coder().decode(coder().encode(symbols), symbols.shape), symbols)


def test_a_payload_is_as_long_as_its_bits_image_by_image():
    latents = smooth(2, 70, 66)
    each = [coder().bits(coder().quantise(image[None])) for image in latents]
    symbols = coder().quantise(latents)
    assert np.allclose(coder().bits(symbols), np.concatenate(each))
    assert 8 * len(coder().encode(symbols)) == pytest.approx(np.sum(each), rel=1e-3, abs=64)


def test_predicted_means_and_scales_are_clipped():
    class Wild(BlockMeans):
        def hyper_decode(self, z_hat):
            return np.tile(np.float32([1e9, -1e9, 7, -5, 99, 63]), (1, 4, 4, 1))

    (panel,) = HyperCoder(Wild(), TABLES).quantise(smooth(1, 3, 3)).panels
    assert (panel.means == [2**15 - 1, 1 - 2**15, 7]).all()
    assert (panel.positions == [0, 63, 63]).all() and panel.means.shape == (3, 3, 3)


@given(payload=st.binary(max_size=80).map(lambda data: data[: len(data) // 4 * 4]))
def test_a_payload_that_no_encoder_wrote_gives_symbols_or_an_error(payload):
    try:
        assert coder().decode(payload, (1, 4, 3, 3)).shape == (1, 4, 3, 3)
    except InputError as error:
        assert "damaged" in str(error)


@pytest.mark.parametrize("latent", [np.nan, np.inf, 2.0 * SYMBOL_LIMIT])
def test_latents_beyond_the_symbols_are_refused(latent):
    with pytest.raises(InputError, match="not finite"):
        coder().quantise(np.full((1, 2, 2, 3), latent, np.float32))


def test_there_are_more_tables_than_scales():
    assert hyper_tables().hyper_channels == 3
    few = Bank(HYPER_BANK.minimums[:64], HYPER_BANK.frequencies[:64])
    with pytest.raises(InputError, match=f"{len(SCALES)} scales"):
        HyperTables(few, TABLES.widths)
    with pytest.raises(InputError, match="widths above 0"):
        HyperTables(HYPER_BANK, np.zeros(3))
