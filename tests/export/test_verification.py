from types import SimpleNamespace

import numpy as np
import pytest

from image_compressor import InputError
from image_compressor.export import verification
from image_compressor.export.verification import check_codec, check_pixels

WIDTH = np.float32(0.5)
LATENTS = WIDTH * np.float32([[0.2, 1.4995, -2.4995, 3.4]])  # two of them at a tie


class Stub:
    """Codec with given symbols."""

    def __init__(self, symbols):
        self.symbols = np.array([symbols])

    def latents(self, images):
        return LATENTS

    def tables(self, quality):
        return SimpleNamespace(widths=WIDTH)

    def encode(self, images, quality):
        return self.symbols

    def decode(self, symbols, quality):
        return np.zeros((1, 2, 2, 1), np.uint8)


@pytest.fixture
def trained():
    return SimpleNamespace(codec=Stub([0, 1, -2, 3]), images=np.zeros((1, 2, 2, 1), np.uint8))


@pytest.mark.parametrize("symbols", [[0, 1, -2, 3], [0, 2, -2, 3], [0, 1, -3, 3]])
def test_a_symbol_at_a_tie_may_be_rounded_either_way(trained, symbols):
    check_codec("stub", Stub(symbols), trained)


@pytest.mark.parametrize("symbols", [[1, 1, -2, 3], [0, 1, -2, 4]])
def test_no_other_may(trained, symbols):
    with pytest.raises(InputError, match=r"the symbols .* stub export. Received: 1 of 4 others"):
        check_codec("stub", Stub(symbols), trained)


def test_a_tie_of_large_symbols_is_as_wide_as_float32_is_coarse():
    assert not verification._ties(np.float32([1.498, 10.498]), 1).any()
    assert verification._ties(np.float32([1000.498]), 1).all()


def test_pixels_may_be_one_level_apart():
    pixels = np.uint8([0, 7, 255])
    check_pixels("stub", np.uint8([1, 6, 254]), pixels)
    with pytest.raises(InputError, match=r"within 1, .* Received: some 2 apart"):
        check_pixels("stub", np.uint8([0, 9, 255]), pixels)
