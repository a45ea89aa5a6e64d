"""The codecs that come with the package."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from image_compressor import Codec
from image_compressor.codec import released
from image_compressor.codec.codec import codec_id
from image_compressor.codec.similarity import ssim
from tests.conftest import ROOT

MEBIBYTE = 2**20


def at_similarity(images, wanted):
    """(bytes an image, mean SSIM) of the smallest file with the wanted SSIM."""
    codec = Codec.load("digits")
    data = codec.compress(images, target_ssim=wanted)
    reached = ssim(images[..., None], codec.decompress(data)[..., None]).mean()
    return len(data) / len(images), reached


@pytest.mark.parametrize("name", released.names())
def test_each_is_small_and_has_its_card(name):
    directory = released.find(name)
    assert sum(path.stat().st_size for path in directory.iterdir()) <= 6 * MEBIBYTE
    card = json.loads((directory / "card.json").read_text())
    assert card["id"] == codec_id(directory)
    assert {"data", "parameters", "metrics"} < card.keys()


def test_digits_take_ten_bytes_at_a_similarity_of_95(digits):
    size, reached = at_similarity(np.tile(digits, (5, 1, 1)), 0.95)
    assert size <= 10
    assert reached >= 0.95


def test_digits_that_it_was_not_trained_on_take_nine_and_a_half_bytes():
    place = Path(os.environ.get("TFDS_DATA_DIR", ROOT.parent / "shared/data/tfds"))
    if not (place / "mnist").is_dir():
        pytest.skip(f"MNIST, as tensorflow-datasets prepares it, is not in {place}")
    import tensorflow_datasets as tfds

    dataset = tfds.load("mnist", split="test", data_dir=place, download=False)
    images = np.stack([example["image"][..., 0] for example in dataset.as_numpy_iterator()])
    size, reached = at_similarity(images, 0.95)
    assert size <= 9.5
    assert reached >= 0.95
