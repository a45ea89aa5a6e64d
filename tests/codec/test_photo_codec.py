"""Images of any size, with networks whose results can be computed by hand."""

import io

import numpy as np
import pytest

from image_compressor import Codec, InputError
from image_compressor.codec.codec import BLOCK
from tests.codec.networks import BlockMeans, QuarterMeans, codec, hyper_tables, photo_codec
from tests.photographs import picture

CODEC = photo_codec()


@pytest.mark.parametrize(("height", "width"), [(5, 6), (1, 4), (4, 9), (270, 3)])
def test_an_image_is_padded_with_its_last_row_and_column(height, width):
    image = picture(height, width)
    whole = np.pad(image, [(0, -height % 4), (0, -width % 4), (0, 0)], "edge")
    (decoded,), (extended,) = (CODEC.decompress(CODEC.compress([one])) for one in (image, whole))
    assert np.array_equal(decoded, extended[:height, :width])
    assert np.array_equal(CODEC.decode(CODEC.encode(image[None])), extended[None])


def test_a_decoded_image_is_close_to_the_original():
    image = np.kron(np.random.default_rng(0).integers(0, 256, (70, 9, 3)), np.ones((4, 4, 1)))
    (decoded,) = CODEC.decompress(CODEC.compress([np.uint8(image)], quality=100))
    assert np.abs(image - decoded).max() <= 2


def test_a_target_ignores_the_padding_of_an_image():
    images = [picture(13, 15), picture(30, 18, seed=1)]
    data = CODEC.compress(images, target_ssim=0.5)
    assert data == CODEC.compress(images, quality=CODEC.open(io.BytesIO(data)).header.quality)


def test_each_image_is_a_block_and_one_is_processed_ahead():
    assert CODEC.ahead == 1 < codec().ahead
    archive = CODEC.open(io.BytesIO(CODEC.compress([picture(9, 9)] * 3)))
    assert archive.header.block == 1 < BLOCK
    assert [len(block) for block in archive.blocks()] == [1, 1, 1]


def test_tables_for_a_hyperprior_need_its_networks():
    qualities = [hyper_tables()] * 100
    Codec(BlockMeans(), qualities)
    plain = QuarterMeans()
    plain.latent_shape = (3,)
    with pytest.raises(InputError, match="one export"):
        Codec(plain, qualities)
