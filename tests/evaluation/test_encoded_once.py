import numpy as np

from image_compressor import Codec
from image_compressor.evaluation import encoded_once, measures
from image_compressor.evaluation.encoded_once import EncodedOnce
from tests.codec.networks import codec, images


class Counted:
    """Networks that count their images."""

    def __init__(self, networks):
        self.networks, self.count = networks, 0

    def __getattr__(self, name):
        return getattr(self.networks, name)

    def encode(self, x):
        self.count += len(x)
        return self.networks.encode(x)


def counted():
    plain = codec(size=12)
    networks = Counted(plain.networks)
    return networks, Codec(EncodedOnce(networks), plain.qualities), plain


def test_a_curve_encodes_each_image_once_and_is_the_same():
    networks, once, plain = counted()
    pictures, qualities = images(20, size=12), [10, 50, 90]
    assert measures.curve(once, pictures, qualities) == measures.curve(plain, pictures, qualities)
    assert networks.count == 20


def test_beyond_the_limit_nothing_is_kept(monkeypatch):
    monkeypatch.setattr(encoded_once, "MOST", 0)
    networks, once, plain = counted()
    pictures = images(4, size=12)
    for _ in range(2):
        assert np.array_equal(once.encode(pictures), plain.encode(pictures))
    assert networks.count == 8
