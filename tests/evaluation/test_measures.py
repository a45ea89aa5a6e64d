import csv

import keras
import numpy as np
import pytest

from image_compressor import Codec, InputError
from image_compressor.evaluation import pictures as grids
from image_compressor.evaluation.distortion import distortion
from image_compressor.evaluation.measures import METRICS, curve, evaluate, metrics, read, save
from image_compressor.model import architecture
from image_compressor.model.compressor import ImageCompressor
from image_compressor.training.freezing import freeze
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def codec(exported):
    return Codec.load(exported)


@pytest.fixture(scope="module")
def many(pictures):
    return np.tile(pictures[..., None], (13, 1, 1, 1))


@pytest.fixture(scope="module")
def default_codec():
    """The shipped architecture, untrained."""
    keras.utils.set_random_seed(0)
    compressor = ImageCompressor(architecture.read(ROOT / "models/digits.json"), 50)
    return Codec(compressor.networks, freeze(compressor))


@pytest.fixture(scope="module")
def evaluation(codec, many):
    return evaluate(codec, many, 70)


def test_bytes_are_those_of_a_file(evaluation, codec, many):
    size = len(codec.compress(many, quality=70))
    measures = evaluation.measures
    assert (measures.images, measures.quality) == (len(many), 70)
    assert measures.bytes_per_image == size / len(many)
    assert measures.bpp == pytest.approx(8 * size / (len(many) * 256))
    assert measures.ratio == pytest.approx(many.size / size)


@pytest.mark.parametrize("quality", [1, 50, 100])
def test_estimated_bytes_are_real_bytes_within_one_percent(default_codec, digits, quality):
    measures = evaluate(default_codec, np.tile(digits[..., None], (3, 1, 1, 1)), quality).measures
    assert measures.estimated_bytes_per_image == pytest.approx(measures.bytes_per_image, rel=0.01)


def test_distortion_is_that_of_the_decoded_file(evaluation, codec, many):
    decoded = codec.decompress(codec.compress(many, quality=70))
    assert np.array_equal(decoded, evaluation.reconstructions)
    ssim, l1, psnr = distortion(many, decoded)
    assert np.array_equal(evaluation.ssim, ssim)
    measures = evaluation.measures
    assert (measures.ssim, measures.l1, measures.psnr) == (ssim.mean(), l1, psnr)


def test_a_curve_has_the_measures_of_each_quality(codec, many):
    for point, quality in zip(curve(codec, many, [1, 70]), [1, 70], strict=True):
        measures = evaluate(codec, many, quality).measures
        assert point.setting == quality
        for name in ("bytes_per_image", "ssim", "l1", "psnr"):
            assert getattr(point, name) == getattr(measures, name)


def test_reading_inverts_saving(evaluation, tmp_path):
    saved = evaluation.measures.to_dict()
    save({**saved, "bd_rate_ssim": {"jpeg": None}}, tmp_path / "measures.json")
    assert read(tmp_path / "measures.json") == saved
    assert all(isinstance(saved[name], int) for name in ("images", "quality"))


def test_metrics_are_a_few_and_compare_with_the_rival_that_comes_closest(evaluation):
    measured = evaluation.measures.to_dict()
    rates = {"jpeg": -90.0, "avif": None, "webp-sheet": -57.0}
    shown = metrics({**measured, "bd_rate_ssim": rates})
    assert shown == {name: measured[name] for name in METRICS} | {"bd_rate": -57.0}
    assert metrics({**measured, "bd_rate_ssim": {"avif": None}})["bd_rate"] is None


@pytest.mark.parametrize("text", [None, "", "[]", '{"ssim": 1}'])
def test_what_are_no_measures_is_refused(tmp_path, text):
    if text is not None:
        (tmp_path / "measures.json").write_text(text)
    with pytest.raises(InputError, match=r"measures\.json.*dvc repro evaluate"):
        read(tmp_path / "measures.json")


def test_the_table_has_a_row_an_image(evaluation, tmp_path):
    evaluation.save_table(tmp_path / "images.csv")
    with (tmp_path / "images.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == evaluation.measures.images
    total = sum(float(row["bytes"]) for row in rows) / len(rows)
    assert total == pytest.approx(evaluation.measures.estimated_bytes_per_image, abs=0.005)


@pytest.mark.parametrize("channels", [1, 3])
def test_the_grid_shows_each_pair(channels):
    originals = np.full((5, 8, 6, channels), 10, np.uint8)
    picture = np.asarray(grids.grid(originals, originals + np.uint8(100), columns=3))
    assert picture.shape[:2] == (2 * (2 * (8 + 2) + 2), 2 * (3 * (12 + 2) + 2))
    for value in (10, 110):
        assert (picture == value).sum() == 4 * 5 * 8 * 6 * channels
