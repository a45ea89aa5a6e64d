"""A hyperprior that learns from whole images after the training."""

import numpy as np
import pytest

from image_compressor import Codec
from image_compressor.images.similarity import ssim
from image_compressor.model.compressor import ImageCompressor
from image_compressor.training.freezing import freeze
from image_compressor.training.hyper_fitting import BATCH, Squares
from tests import photographs


@pytest.fixture
def copy(photographer):
    made = ImageCompressor.from_config(photographer.get_config())
    made.set_weights(photographer.get_weights())
    return made


def test_it_saves_bytes_and_keeps_pixels(photographer, copy):
    seen, new = (
        np.stack([photographs.picture(96, 80, seed=first + number) for number in range(count)])
        for first, count in ((0, 32), (100, 8))
    )
    before, after = (
        Codec(model.networks, freeze(model, seen, hyper_steps=steps))
        for model, steps in ((photographer, 0), (copy, 150))
    )
    for quality in (1, 50, 100):
        files = [codec.compress(new, quality=quality) for codec in (before, after)]
        similar = [
            ssim(new, np.stack([*codec.decompress(file)])).mean()
            for codec, file in zip((before, after), files, strict=True)
        ]
        assert len(files[1]) < len(files[0]), quality
        assert similar[1] > similar[0] - 0.005, quality


def test_only_the_hyperprior_learns(photographer, copy):
    freeze(copy, photographs.picture(96, 80)[None], hyper_steps=2)
    for before, after in zip(
        photographer.generator.get_weights(), copy.generator.get_weights(), strict=True
    ):
        assert np.array_equal(before, after)


def test_squares_come_from_at_least_half_of_the_images_and_the_seed_decides():
    latents = [np.full((side, side + 1, 2), side, np.float32) for side in (3, 9, 30)]
    squares = Squares(latents, 5, seed=1)
    drawn = [squares[step][0] for step in range(len(squares))]
    assert [batch.shape for batch in drawn] == [(BATCH, 9, 9, 2)] * 5
    assert set(np.unique(drawn)) == {9, 30}
    assert np.array_equal(drawn, [Squares(latents, 5, seed=1)[step][0] for step in range(5)])
    assert not np.array_equal(drawn, [Squares(latents, 5, seed=2)[step][0] for step in range(5)])
