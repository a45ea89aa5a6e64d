from dataclasses import replace

import numpy as np
import pytest

from image_compressor import InputError
from image_compressor.evaluation import curves
from image_compressor.evaluation.curves import RatePoint, at_ssim, bd_rate

CURVE = [
    RatePoint(quality, 2.0**rate, 0.6 + 0.05 * rate, 0.1 / rate, 20 + 3.0 * rate)
    for rate, quality in enumerate((1, 25, 50, 75, 100), 2)
]
metrics = pytest.mark.parametrize("metric", ["ssim", "psnr"])


def scaled(factor, curve=CURVE):
    return [replace(point, bytes_per_image=factor * point.bytes_per_image) for point in curve]


@metrics
@pytest.mark.parametrize(("factor", "rate"), [(1, 0), (0.5, -50), (2, 100), (0.9, -10)])
def test_a_curve_of_so_many_times_the_bytes_has_this_bd_rate(metric, factor, rate):
    assert bd_rate(CURVE, scaled(factor), metric) == pytest.approx(rate, abs=1e-6)


@metrics
def test_the_order_of_the_points_and_those_off_the_curve_do_not_count(metric):
    worse = replace(CURVE[1], bytes_per_image=1.5 * CURVE[3].bytes_per_image)
    points = [CURVE[3], worse, *reversed(scaled(0.5)), CURVE[3]]
    assert bd_rate(CURVE, points, metric) == pytest.approx(-50, abs=1e-6)


@metrics
def test_curves_that_share_a_part_are_compared_there(metric):
    assert bd_rate(CURVE[:4], scaled(0.5)[1:], metric) == pytest.approx(-50, abs=0.1)


@metrics
@pytest.mark.parametrize("points", [CURVE[3:], CURVE[:1], [CURVE[0]] * 5])
def test_curves_with_nothing_in_common_have_no_bd_rate(metric, points):
    assert bd_rate(CURVE[:2], points, metric) is None
    assert bd_rate(points, CURVE[:2], metric) is None


def test_bytes_at_a_points_ssim_are_that_points():
    for point in CURVE:
        assert at_ssim(CURVE[::-1], point.ssim) == pytest.approx(point.bytes_per_image)


def test_bytes_between_two_points_are_between_theirs():
    assert at_ssim(CURVE, (CURVE[1].ssim + CURVE[2].ssim) / 2) == pytest.approx(8 * 2**0.5)


@pytest.mark.parametrize("ssim", [CURVE[0].ssim - 1e-6, CURVE[-1].ssim + 1e-6])
def test_bytes_outside_the_curve_are_not_guessed(ssim):
    assert at_ssim(CURVE, ssim) is None


def test_reading_inverts_saving_to_six_digits(tmp_path):
    curves.save(CURVE, tmp_path / "curve.csv")
    for before, after in zip(CURVE, curves.read(tmp_path / "curve.csv"), strict=True):
        values = [(getattr(before, name), getattr(after, name)) for name in curves.NEEDED]
        assert np.allclose(*zip(*values, strict=True), rtol=1e-5)


@pytest.mark.parametrize(
    "text", [None, "ssim\n1\n", "{}\n", "{}\n1,2\n", "{}\n1,2,3,4,many\n", "{}\n1,2,nan,4,5\n"]
)
def test_what_is_no_curve_is_refused(tmp_path, text):
    if text is not None:
        (tmp_path / "curve.csv").write_text(text.format(",".join(curves.COLUMNS)))
    with pytest.raises(InputError, match=r"curve\.csv.*dvc repro rivals"):
        curves.read(tmp_path / "curve.csv")
