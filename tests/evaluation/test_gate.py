import json
import re
from dataclasses import replace

import numpy as np
import pytest

from image_compressor import Codec, InputError
from image_compressor.codec.frozen import table_file
from image_compressor.codec.frozen.table_file import TABLES
from image_compressor.codec.frozen.tables import QUALITIES, Bank
from image_compressor.evaluation.curves import RatePoint
from image_compressor.evaluation.each import joined
from image_compressor.evaluation.gate import compare, judge, weigh
from image_compressor.evaluation.verdict import SETTINGS, Thresholds, Verdict
from tests.codec import networks

THRESHOLDS = Thresholds(bd_rate=-1.0, ssim_loss=0.002, worst_loss=0.01)
CURVE = [RatePoint(rate, 2.0**rate, 0.6 + 0.05 * rate, 0.1, 20) for rate in range(2, 8)]
IMAGES = networks.images(200, size=16) // 2


class Noisy(networks.QuarterMeans):
    """Networks that decode images with added noise."""

    def decode(self, y_hat):
        images = super().decode(y_hat)
        noise = np.random.default_rng(0).normal(0, 0.2, images.shape[1:])
        return np.clip(images + noise, 0, 1).astype(np.float32)


def wasteful(quality):
    """Makes the tables of `networks.tables`, with half the frequencies on symbols never used."""
    bank = Bank(np.array([0]), [networks.frequencies(quality, 2**15)])
    return replace(networks.tables(4, quality), bank=bank, index=np.zeros((1, 4), int))


GOOD = networks.codec(size=16)
NOISY = Codec(Noisy(size=16), GOOD.qualities)
WASTEFUL = Codec(GOOD.networks, [wasteful(quality) for quality in QUALITIES])


def scaled(factor, ssim=0.0, curve=CURVE):
    return [
        replace(p, bytes_per_image=factor * p.bytes_per_image, ssim=p.ssim + ssim) for p in curve
    ]


def each_of(points, count=40):
    """Measures of images that all have those of the points."""
    rows = []
    for point in points:
        mse = 10 ** (-point.psnr / 10)
        row = {"bytes": point.bytes_per_image, "ssim": point.ssim, "l1": point.l1, "mse": mse}
        for name in ("ssimulacra2", "colour"):
            if getattr(point, name) is not None:
                row[name] = getattr(point, name)
        rows.append({name: np.full(count, value) for name, value in row.items()})
    return joined([point.setting for point in points], rows)


def test_photographs_may_not_lose_what_people_see():
    seen = [replace(point, ssimulacra2=10.0 * point.setting) for point in CURVE]
    fewer = scaled(0.9, curve=seen)
    assert weighed(fewer, seen).better
    worse = [replace(point, ssimulacra2=point.ssimulacra2 - 5) for point in fewer]
    verdict = weighed(worse, seen)
    assert not verdict.better and "BD-rate by SSIMULACRA2" in str(verdict)


def test_images_in_colours_may_not_lose_them_unless_that_does_not_count():
    before = [replace(point, colour=10.0 - point.setting) for point in CURVE]
    fewer = scaled(0.9, curve=before)
    assert weighed(fewer, before).better
    paler = [replace(point, colour=point.colour + 2) for point in fewer]
    verdict = weighed(paler, before)
    assert verdict.answer == "Not better"
    (reason,) = verdict.reasons
    assert re.match(r"CIEDE2000 at equal bytes, .* \+\d\.\d\d .*; at most \+1\)", reason)
    limits = replace(THRESHOLDS, colour_at_bytes=None)
    assert weigh(each_of(paler), each_of(before), limits).better


def weighed(new, promoted):
    return weigh(each_of(new), each_of(promoted), THRESHOLDS)


def test_fewer_bytes_for_the_same_images_are_better():
    verdict = compare(GOOD, WASTEFUL, IMAGES, THRESHOLDS)
    assert verdict.better
    assert all(row["new"] < row["promoted"] for row in verdict.bytes_at_ssim)
    assert len(verdict.new) == len(verdict.promoted) == THRESHOLDS.points


@pytest.mark.parametrize("worse", [WASTEFUL, NOISY])
def test_more_bytes_or_noise_are_not_and_the_reasons_say_so(worse):
    verdict = compare(worse, GOOD, IMAGES, THRESHOLDS)
    assert not verdict.better
    assert "BD-rate by SSIM +" in str(verdict) or "too little SSIM for a BD-rate" in str(verdict)


def test_a_codec_is_not_better_than_itself():
    verdict = compare(GOOD, GOOD, IMAGES, THRESHOLDS)
    assert (verdict.better, verdict.bd_rate) == (False, 0)
    assert str(verdict) == (
        "Not better: BD-rate by SSIM +0.00 % (+0.00 % to +0.00 %; at most -1 %)."
    )


@pytest.mark.parametrize(
    ("points", "reason"),
    [
        (scaled(0.995), "BD-rate by SSIM -0.50 %"),
        (
            [replace(p, ssim=p.ssim - 0.08 * (n == 3)) for n, p in enumerate(scaled(0.8))],
            "SSIM at equal bytes, where it lost most, -0.0475",
        ),
        (
            scaled(0.8, curve=CURVE[:-1]),
            "SSIM at its best -0.0500 (-0.0500 to -0.0500; at most 0.002 lost)",
        ),
        (
            scaled(0.5, ssim=-0.3),
            "starts at 0.400 with 2.0 bytes, the promoted one ends at 0.950 with 128.0",
        ),
    ],
)
def test_each_threshold_alone_refuses(points, reason):
    verdict = weigh(each_of(points), each_of(CURVE), replace(THRESHOLDS, worst_loss=1))
    assert not verdict.better
    assert [reason in line for line in verdict.reasons] == [True]


def random_codec(seed, factor, noise):
    """Measures on 500 images: those of CURVE times a factor, and a noise of each image's own."""
    random, whole = np.random.default_rng(seed), each_of(CURVE, 500)
    return replace(whole, bytes=whole.bytes * factor * random.normal(1, noise, 500))


def test_a_gain_that_the_sample_does_not_show_surely_is_undecided_until_there_are_more_images():
    pair = random_codec(1, 0.98, 0.15), random_codec(2, 1, 0.15)
    verdict = weigh(*pair, THRESHOLDS)
    assert verdict.undecided and not verdict.better
    pattern = "Undecided: BD-rate by SSIM .* About (.*) such images would decide it, .* are 500[.]"
    wanted = int(re.fullmatch(pattern, str(verdict))[1].replace(",", ""))
    more = [one.chosen(np.arange(wanted + 500) % 500) for one in pair]
    assert not weigh(*more, THRESHOLDS).undecided
    assert not weigh(*pair, replace(THRESHOLDS, confidence=0)).undecided


def test_of_ten_codecs_two_percent_better_most_are_promoted_and_of_others_none():
    promoted = random_codec(0, 1, 0.03)
    promotions = [
        sum(
            weigh(random_codec(seed, factor, 0.03), promoted, THRESHOLDS).better
            for seed in range(1, 11)
        )
        for factor in (0.98, 1, 1.02)
    ]
    assert promotions[0] >= 8
    assert promotions[1:] == [0, 0]


def test_ssim_that_costs_psnr_is_refused():
    points = [replace(point, psnr=20 + 3 * point.setting) for point in CURVE]
    for change, answer in ((-1, "Not better"), (1, "Better")):
        new = [replace(one, ssim=one.ssim + 0.02, psnr=one.psnr + change) for one in points]
        verdict = weighed(new, points)
        assert verdict.answer == answer
    assert "BD-rate by PSNR -" in str(verdict)


def test_images_that_become_much_worse_refuse_it():
    new, promoted = each_of(scaled(0.8), 300), each_of(CURVE, 300)
    for loss, answer in ((0.03, "Not better"), (0.009, "Better")):
        ssim = new.ssim.copy()
        ssim[:, :15] -= loss
        assert weigh(replace(new, ssim=ssim), promoted, THRESHOLDS).answer == answer
    ssim[-1, :15] -= 0.021
    (reason,) = weigh(replace(new, ssim=ssim), promoted, THRESHOLDS).reasons
    assert reason.startswith("SSIM of the worst 1 % -0.0300 (")


@pytest.mark.parametrize(("factor", "better"), [(1, True), (32, True), (33, False)])
def test_a_curve_above_is_better_if_it_begins_with_no_more_bytes_than_the_other_ends(
    factor, better
):
    verdict = weighed(scaled(factor / 2, ssim=0.3), scaled(0.5))
    assert (verdict.better, verdict.bd_rate) == (better, None)


def test_the_bytes_are_those_at_the_same_ssim():
    verdict = weighed(scaled(0.5), CURVE)
    assert verdict.better
    assert verdict.bd_rate == pytest.approx(-50)
    assert [row["change"] for row in verdict.bytes_at_ssim] == pytest.approx([-50] * len(CURVE))


def test_the_first_codec_is_promoted(exported, pictures):
    verdict = judge(exported, None, pictures[..., None], THRESHOLDS)
    assert (verdict.better, str(verdict)) == (True, "Better: No codec is promoted yet.")
    assert len(verdict.new) == THRESHOLDS.points


def test_a_codec_of_other_images_is_not_promoted_over():
    verdict = compare(networks.codec(size=8), GOOD, IMAGES, THRESHOLDS)
    assert not verdict.better
    assert "(16, 16, 1), not (8, 8, 1)" in str(verdict)


def test_codecs_that_cannot_be_loaded_or_used_are_a_line(exported, pictures, tmp_path):
    images = pictures[..., None]
    for new, promoted in ((tmp_path, exported), (exported, tmp_path)):
        verdict = judge(new, promoted, images, THRESHOLDS)
        assert not verdict.better
        assert "is not an exported codec: it has no tables.npz" in str(verdict)
    assert "28, 28" in str(judge(exported, None, np.zeros((3, 28, 28, 1), np.uint8), THRESHOLDS))


def test_exported_codecs_are_compared_by_what_is_in_their_directories(exported, pictures, tmp_path):
    for path in exported.glob("*.tflite"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    coarse = table_file.load((exported / TABLES).read_bytes())
    table_file.save([coarse[0]] * 50 + coarse[50:], tmp_path / TABLES)
    verdict = judge(tmp_path, exported, pictures[..., None], THRESHOLDS)
    assert not verdict.better
    assert verdict.new[-1] == verdict.promoted[-1]


def test_a_verdict_is_json_a_line_and_markdown():
    verdict = weighed(scaled(0.5), CURVE)
    assert json.loads(json.dumps(verdict.to_dict()))["reasons"] == verdict.reasons
    assert "\n" not in str(verdict)
    assert "| 0.700 | 4.0 | 2.0 | -50.0 % |" in verdict.markdown()
    assert 'x-axis "bytes per image" 4.0 --> 64.0' in verdict.markdown()
    assert Verdict(False, ["Why."]).markdown() == "Not better: Why.\n"


def test_curves_with_no_bytes_in_common_have_no_chart():
    verdict = weighed(scaled(0.01), CURVE)
    assert verdict.better and "mermaid" not in verdict.markdown()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("points", 3),
        ("points", 8.0),
        ("bd_rate", "1"),
        ("ssim_loss", float("nan")),
        ("bd_rate", True),
        ("confidence", 100),
        ("points", None),
    ],
)
def test_thresholds_out_of_range_are_named(name, value):
    with pytest.raises(InputError, match=name):
        replace(THRESHOLDS, **{name: value})


def test_a_gate_without_any_limit_is_refused():
    limits = dict.fromkeys(vars(THRESHOLDS).keys() - SETTINGS)
    with pytest.raises(InputError, match="any codec would be promoted"):
        Thresholds(**limits)
