import numpy as np
import pytest

from image_compressor import InputError
from image_compressor.evaluation import comparison, curves, each, rivals
from image_compressor.evaluation.curves import bd_rate
from image_compressor.evaluation.each import Each, interval
from image_compressor.images.groups import spread
from tests.photographs import picture

SETTINGS = np.arange(5.0)


def measured(count, factor=1.0, seed=0):
    """Measures of images that differ, in which bytes double from setting to setting."""
    random = np.random.default_rng(seed)
    of_image = random.uniform(0.5, 2, count)
    rates = np.outer(2.0**SETTINGS, of_image) * factor
    ssim = np.clip(0.6 + 0.07 * SETTINGS[:, None] + random.normal(0, 0.02, count), 0, 1)
    mse = 10 ** -(2 + 0.3 * SETTINGS[:, None] + random.normal(0, 0.05, count))
    return Each(SETTINGS, rates, ssim, mse**0.5, mse)


def test_the_interval_of_a_sample_has_the_bd_rate_of_all():
    every, ours = measured(4000), measured(4000, 0.8, seed=1)
    truth = bd_rate(every.curve(), ours.curve(), "ssim")
    numbers = spread(4000, 400)
    low, high = interval(every.chosen(numbers), ours.chosen(numbers), "ssim")
    assert low < truth < high
    assert high - low < 30


def test_more_images_make_the_interval_narrower():
    widths = []
    for count in (50, 800):
        low, high = interval(measured(count), measured(count, 0.5, seed=1), "psnr")
        widths.append(high - low)
    assert widths[1] < widths[0] / 2


def test_equal_codecs_differ_by_nothing_whatever_is_drawn():
    assert interval(measured(30), measured(30), "ssim") == pytest.approx([0, 0], abs=1e-9)


def test_codecs_with_nothing_in_common_have_no_interval():
    far = measured(30)
    assert (
        interval(measured(30), Each(SETTINGS, far.bytes, far.ssim + 1, far.l1, far.mse), "ssim")
        is None
    )


@pytest.mark.parametrize(("count", "wanted"), [(10, 3), (3, 10), (1, 1), (500, 1000)])
def test_a_sample_is_spread_over_all(count, wanted):
    numbers = spread(count, wanted)
    assert len(numbers) == len(set(numbers.tolist())) == min(count, wanted)
    assert numbers[0] == 0 and numbers[-1] == (count - 1 if wanted > 1 else 0)


def test_measures_come_back_from_their_file(tmp_path):
    one = measured(20)
    for name in ("a", "b"):
        each.save(one, tmp_path / f"{name}.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    again = each.read(tmp_path / "a.npz")
    assert np.allclose(again.ssim, one.ssim)
    (tmp_path / "a.npz").write_bytes(b"text")
    with pytest.raises(InputError, match="dvc repro rivals"):
        each.read(tmp_path / "a.npz")


def test_each_rival_is_compared_by_both_metrics_where_they_overlap():
    ours = measured(20)
    far = Each(SETTINGS, ours.bytes, ours.ssim - 1, ours.l1, 1e6 * ours.mse)
    compared = comparison.compare(ours, {"twice": measured(20, 2.0), "far": far})
    for metric in ("ssim", "psnr"):
        assert compared[f"bd_rate_{metric}"] == {"twice": pytest.approx(-50, abs=0.1), "far": None}
        assert compared[f"bd_rate_{metric}_interval"]["far"] is None


def test_photographs_have_more_measures_some_of_them_on_a_sample(tmp_path):
    images = np.stack([picture(180, 176, seed=seed) for seed in range(4)])
    found = rivals.measure_each("jpeg", images, 4, seen=[1, 3])
    assert found.ms_ssim.shape == (4, 4) and (np.diff(found.ms_ssim, axis=0) > 0).all()
    assert np.isnan(found.ssimulacra2[:, [0, 2]]).all()
    assert (found.colour[0] > found.colour[-1]).all()
    curve = found.curve()
    assert curve[-1].ssimulacra2 == pytest.approx(found.ssimulacra2[-1, [1, 3]].mean())
    assert found.curve(np.array([0, 2]))[0].ssimulacra2 is None
    curves.save(curve, tmp_path / "a.csv")
    again = curves.read(tmp_path / "a.csv")
    assert again[0].ms_ssim == pytest.approx(curve[0].ms_ssim, rel=1e-5)
    assert again[0].colour == pytest.approx(found.colour[0].mean(), rel=1e-5)
    each.save(found, tmp_path / "a.npz")
    assert each.read(tmp_path / "a.npz").ms_ssim is not None
    compared = comparison.compare(found, {"jpeg": found})
    assert compared["bd_rate_ssimulacra2"]["jpeg"] == compared["bd_rate_ms_ssim"]["jpeg"] == 0


def test_each_rival_is_compared_on_the_images_that_it_measured(digits):
    images = digits[:30, ..., None]
    some = images[spread(30, 10)]
    of_rivals = {
        name: rivals.measure_each(name, some, 4) for name in ("jpeg", "webp", "jpeg-sheet")
    }
    ours = rivals.measure_each("webp", images, 4)
    assert ours.colour is None
    compared = comparison.compare(ours, of_rivals)
    assert compared["rival_images"] == 10
    assert compared["bd_rate_ssim"]["webp"] == pytest.approx(0, abs=1e-6)
    assert compared["bd_rate_ssim"]["jpeg"] < 0
    low, high = compared["bd_rate_ssim_interval"]["jpeg"]
    assert low <= compared["bd_rate_ssim"]["jpeg"] <= high
    with pytest.raises(InputError, match="dvc repro rivals"):
        comparison.compare(of_rivals["webp"], {"jpeg": ours})
