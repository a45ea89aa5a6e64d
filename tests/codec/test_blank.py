"""Codecs trained only on blanks: a symbol takes .00002 bits, and a payload no bytes."""

import io

import numpy as np
import pytest

from image_compressor import Codec
from image_compressor.codec import archive
from image_compressor.codec.file import container
from image_compressor.codec.frozen.hyper_tables import SCALES, HyperTables
from image_compressor.codec.frozen.tables import QUALITIES, Bank, Tables
from tests.codec.networks import BlockMeans, QuarterMeans

CERTAIN = np.array([2**16 - 1, 1])


def one_size(side):
    only = np.zeros((1, 4), int)
    bank, widths = Bank(np.zeros(1, int), [CERTAIN]), np.ones(4, np.float32)
    tables = Tables(bank, widths, np.array([2**16]), only, only)
    return Codec(QuarterMeans(size=side), [tables] * len(QUALITIES))


def any_size():
    count = 3 + len(SCALES)
    bank = Bank(np.zeros(count, int), [CERTAIN] * count)
    return Codec(BlockMeans(), [HyperTables(bank, np.ones(3, np.float32))] * len(QUALITIES))


@pytest.fixture
def nothing_is_small(monkeypatch):
    """Removes the allowance for small files."""
    monkeypatch.setattr(container, "MANY_IMAGES", 0)
    monkeypatch.setattr(archive, "MANY_PIXELS", 0)


@pytest.mark.parametrize(
    ("codec", "shape"),
    [
        (one_size(2), (1300, 2, 2)),
        (one_size(2), (1, 2, 2)),
        (one_size(100), (700, 100, 100)),
        (any_size(), (1, 1, 1, 3)),
        (any_size(), (1, 700, 901, 3)),
    ],
)
def test_their_files_can_be_read(nothing_is_small, codec, shape):
    data = codec.compress(np.zeros(shape, np.uint8))
    decoded = codec.open(io.BytesIO(data))
    assert len(decoded) == shape[0]
    assert not decoded[-1].any() and decoded[-1].shape == shape[1:]
