import numpy as np
import pytest

from image_compressor.codec import decoding


def test_the_smallest_image_is_that_of_the_window():
    assert decoding.read(np.zeros((11, 11), np.uint8)).shape == (11, 11)
    for shape in ((10, 11), (11, 10)):
        with pytest.raises(decoding.Unusable, match="too small"):
            decoding.read(np.zeros(shape, np.uint8))
