"""A training goes on from the weights of the one before, if it is of the same network and loss."""

import numpy as np
import pytest

from image_compressor.model import trained
from image_compressor.model.compressor import ImageCompressor
from image_compressor.training.warm import digest, go_on
from tests.conftest import config


def test_the_weights_are_taken_over_whatever_the_seed(compressor, qualities, tmp_path):
    trained.save(compressor, qualities, tmp_path / "trained")
    new = ImageCompressor(config(), 6, seed=5)
    assert go_on(new, tmp_path / "trained")
    assert len(digest(tmp_path / "trained")) == 64
    pairs = zip(new.get_weights(), compressor.get_weights(), strict=True)
    assert all(np.array_equal(*pair) for pair in pairs)


@pytest.mark.parametrize(
    "other", [{"latent_dims": 7}, {"alpha": 0.5}, {"rate_weights": [0.1, 1.0]}, {"levels": 3}]
)
def test_those_of_another_network_or_loss_are_not(compressor, qualities, other, tmp_path):
    trained.save(compressor, qualities, tmp_path / "trained")
    new = ImageCompressor(config(), **{"latent_dims": 6, **other})
    before = new.get_weights()
    assert not go_on(new, tmp_path / "trained")
    assert all(np.array_equal(*pair) for pair in zip(new.get_weights(), before, strict=True))


def test_missing_and_damaged_ones_are_not(compressor, qualities, tmp_path):
    new = ImageCompressor(config(), 6)
    assert not go_on(new, tmp_path / "trained") and digest(tmp_path / "trained") == ""
    trained.save(compressor, qualities, tmp_path / "trained")
    (tmp_path / "trained" / trained.MODEL).write_bytes(b"PK")
    assert not go_on(new, tmp_path / "trained")
