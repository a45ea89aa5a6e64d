import numpy as np
import pytest

from image_compressor import Codec
from image_compressor.evaluation import floors, guarded, measures


@pytest.fixture(scope="module")
def codec(digits):
    """The released codec with floors measured on digits."""
    return guarded.with_floors(Codec.load("digits"), digits[:60, ..., None])


def test_floors_are_percentiles_of_what_validation_images_keep(codec, digits):
    images = digits[:60, ..., None]
    assert codec.floors.qualities == floors.QUALITIES
    assert list(codec.floors.ssim) == sorted(codec.floors.ssim)
    for quality, mean, low in zip(
        floors.QUALITIES, codec.floors.mean, codec.floors.ssim, strict=True
    ):
        ssim = measures.evaluate(codec, images, quality).ssim
        assert mean == pytest.approx(ssim.mean(), abs=1e-4)
        farther = floors.ROOM * (1 - np.percentile(ssim, floors.LOW))
        assert 1 - low == pytest.approx(farther, abs=1e-4)


def test_more_images_than_needed_are_sampled(codec, digits, monkeypatch):
    monkeypatch.setattr(floors, "MOST", 20 * 28 * 28)
    sampled = floors.measure(codec, digits[:200, ..., None])
    assert sampled.mean == pytest.approx(codec.floors.mean, abs=0.02)


def test_the_guard_raises_the_worst_for_a_few_bytes(codec, digits):
    images = digits[60:200, ..., None]
    facts = guarded.facts(codec, images, 20)
    plain = measures.evaluate(codec, images, 20)
    assert facts["ssim_worst"] >= codec.floors.at(20).ssim > plain.ssim.min()
    assert facts["bytes_per_image"] <= 1.2 * plain.measures.bytes_per_image
    assert facts["raised"] + facts["stored"] == (plain.ssim < codec.floors.at(20).ssim).sum()


def test_its_curve_lies_on_the_other_where_no_image_is_raised(codec, digits):
    images = digits[:60, ..., None]
    for point, other in zip(
        guarded.curve(codec, images, [20, 80]),
        measures.curve(codec, images, [20, 80]),
        strict=True,
    ):
        assert point.bytes_per_image == pytest.approx(other.bytes_per_image, rel=0.1)
        assert point.ssim >= other.ssim
