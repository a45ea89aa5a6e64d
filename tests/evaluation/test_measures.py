import csv

import keras
import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from image_compressor.codec.codec import Codec
from image_compressor.evaluation import pictures as grids
from image_compressor.evaluation.measures import evaluate
from image_compressor.model import architecture
from image_compressor.model.compressor import ImageCompressor
from image_compressor.model.freeze import freeze
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def codec(exported):
    return Codec.load(exported)


@pytest.fixture(scope="module")
def many(pictures):
    return np.tile(pictures[..., None], (13, 1, 1, 1))


@pytest.fixture(scope="module")
def evaluation(codec, many):
    return evaluate(codec, many)


def test_bytes_are_those_of_a_file(evaluation, codec, many):
    size = len(codec.compress(many))
    measures = evaluation.measures
    assert measures.bytes_per_image == size / len(many)
    assert measures.bpp == pytest.approx(8 * size / (len(many) * 256))
    assert measures.ratio == pytest.approx(many.size / size)


def test_estimated_bits_are_real_bits_within_one_percent(digits):
    keras.utils.set_random_seed(0)
    compressor = ImageCompressor(architecture.read(ROOT / "models/digits.json"), 50)
    codec = Codec(compressor.generator, freeze(compressor.density))
    measures = evaluate(codec, np.tile(digits[..., None], (3, 1, 1, 1))).measures
    assert measures.estimated_bytes_per_image == pytest.approx(measures.bytes_per_image, rel=0.01)


def test_distortion_is_that_of_the_decoded_file(evaluation, codec, many):
    decoded = codec.decompress(codec.compress(many))
    assert np.array_equal(decoded, evaluation.reconstructions)
    ssim = [
        structural_similarity(
            a, b, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255
        )
        for a, b in zip(many[..., 0], decoded[..., 0], strict=True)
    ]
    assert evaluation.measures.ssim == pytest.approx(np.mean(ssim), abs=1e-5)
    assert evaluation.measures.psnr == pytest.approx(peak_signal_noise_ratio(many, decoded))
    assert evaluation.measures.l1 == pytest.approx(
        np.abs(many - decoded.astype(float)).mean() / 255
    )


def test_the_table_has_a_row_an_image(evaluation, tmp_path):
    evaluation.save_table(tmp_path / "images.csv")
    with (tmp_path / "images.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == evaluation.measures.images
    total = sum(float(row["bytes"]) for row in rows) / len(rows)
    assert total == pytest.approx(evaluation.measures.estimated_bytes_per_image, rel=1e-3)


@pytest.mark.parametrize("channels", [1, 3])
def test_the_grid_shows_each_pair(channels):
    originals = np.full((5, 8, 6, channels), 10, np.uint8)
    picture = np.asarray(grids.grid(originals, originals + np.uint8(100), columns=3))
    assert picture.shape[:2] == (2 * (2 * (8 + 2) + 2), 2 * (3 * (12 + 2) + 2))
    for value in (10, 110):
        assert (picture == value).sum() == 4 * 5 * 8 * 6 * channels
