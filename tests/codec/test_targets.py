import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from image_compressor import InputError
from image_compressor.codec.frozen.tables import QUALITIES
from image_compressor.codec.guard import targets
from image_compressor.evaluation.measures import evaluate
from tests.codec.networks import codec, images

RISING = st.lists(st.integers(0, 1000), min_size=100, max_size=100).map(sorted)
CODEC, IMAGES = codec(size=16), images(60, size=16)


@given(RISING, st.integers(0, 1000), st.booleans())
def test_the_best_quality_is_found_in_eight_measurements(values, target, low):
    measured = []

    def measure(quality):
        measured.append(quality)
        return values[quality - 1]

    search, choose = (targets.lowest, min) if low else (targets.highest, max)
    reaching = [
        quality
        for quality, value in zip(QUALITIES, values, strict=True)
        if (value >= target if low else value <= target)
    ]
    if reaching:
        assert search(measure, target) == choose(reaching)
        assert len(measured) <= 8
    else:
        with pytest.raises(InputError, match="Ask for"):
            search(measure, target)


def advised(error):
    return re.search(r"Ask for at (?:most|least) (.+)\.$", str(error.value))[1].replace(",", "")


@pytest.mark.parametrize("value", [0.95723467, 0.9572399999, 0.5])
def test_a_similarity_out_of_reach_is_refused_with_one_in_reach(value):
    with pytest.raises(InputError) as error:
        targets.lowest(lambda _: value, 0.99)
    assert targets.lowest(lambda _: value, float(advised(error))) == 1
    assert float(advised(error)) == pytest.approx(value, abs=1e-4)


def test_the_error_advises_the_best_that_can_be_reached():
    with pytest.raises(InputError) as error:
        targets.lowest(lambda quality: quality / 200, 0.99)
    assert float(advised(error)) == 0.5


@pytest.mark.parametrize("value", [12, 1234567, 98765432109])
def test_bytes_out_of_reach_are_refused_with_a_number_in_reach(value):
    with pytest.raises(InputError) as error:
        targets.highest(lambda _: value, value - 1)
    assert int(advised(error)) == value
    assert f"the target is {value - 1:,}." in str(error.value)


def quality_of(data):
    return data[10]


def ssim(quality):
    return evaluate(CODEC, IMAGES, quality).measures.ssim


@pytest.mark.parametrize("share", [0.01, 0.3, 0.7, 1])
def test_a_target_ssim_is_met_and_the_quality_before_would_miss_it(share):
    target = ssim(1) + share * (ssim(100) - ssim(1))
    quality = quality_of(CODEC.compress(IMAGES, target_ssim=target - 1e-9))
    assert ssim(quality - 1) < target <= ssim(quality) + 1e-9


@pytest.mark.parametrize("share", [0, 0.3, 0.7, 0.99])
def test_target_bytes_are_met_and_the_next_quality_would_exceed_them(share):
    def size(quality):
        return len(CODEC.compress(IMAGES, names, quality=quality))

    names = [f"{number}.png" for number in range(len(IMAGES))]
    target = round(size(1) + share * (size(100) - size(1)))
    data = CODEC.compress(IMAGES, names, target_bytes=target)
    assert len(data) <= target < size(quality_of(data) + 1)


def test_a_target_that_the_ends_reach_gives_the_ends():
    assert quality_of(CODEC.compress(IMAGES, target_ssim=0)) == 1
    assert quality_of(CODEC.compress(IMAGES, target_bytes=10**9)) == 100


def test_a_file_with_a_target_is_the_file_of_its_quality():
    data = CODEC.compress(iter(IMAGES), target_bytes=300)
    assert data == CODEC.compress(list(IMAGES), quality=quality_of(data))


def test_the_advice_for_a_target_out_of_reach_works():
    with pytest.raises(InputError, match="mean SSIM") as error:
        CODEC.compress(IMAGES, target_ssim=1)
    assert quality_of(CODEC.compress(IMAGES, target_ssim=float(advised(error)))) > 50
    with pytest.raises(InputError, match="bytes") as error:
        CODEC.compress(IMAGES, target_bytes=10)
    least = int(advised(error))
    assert len(CODEC.compress(IMAGES, target_bytes=least)) == least


def test_images_smaller_than_the_window_of_ssim_have_a_target_too():
    assert quality_of(codec().compress(images(3), target_ssim=-1)) == 1


@pytest.mark.parametrize("share", [0.01, 0.3, 0.7, 1])
def test_a_sample_of_many_images_finds_the_quality_that_all_of_them_confirm(share, monkeypatch):
    def ssim(quality):
        return evaluate(CODEC, many, quality).measures.ssim

    many = images(1500, size=16)
    monkeypatch.setattr(targets, "SAMPLE", 500 * many[0].size)
    target = ssim(1) + share * (ssim(100) - ssim(1))
    quality = quality_of(CODEC.compress(many, target_ssim=target - 1e-9))
    assert target <= ssim(quality) + 1e-9
    assert ssim(max(quality - 3, 1)) < target


@pytest.mark.parametrize("share", [0.3, 0.5, 0.7, 0.9])
def test_all_images_have_the_target_however_little_the_sample_says_of_them(share, monkeypatch):
    many = images(1500, size=16)
    many[::3] = 128  # the sample: its SSIM is 1 at nearly every quality
    monkeypatch.setattr(targets, "SAMPLE", 500 * many[0].size)
    low, high = (evaluate(CODEC, many, quality).measures.ssim for quality in (1, 100))
    target = low + share * (high - low)
    quality = quality_of(CODEC.compress(many, target_ssim=target))
    assert evaluate(CODEC, many, quality).measures.ssim >= target


def test_a_target_of_nan_is_refused():
    with pytest.raises(InputError):
        CODEC.compress(IMAGES, target_ssim=float("nan"))


@pytest.mark.parametrize("share", [0.3, 0.7])
def test_all_images_are_measured_at_few_qualities_where_a_sample_says_which(share, monkeypatch):
    def quantise(images, latents, quality):
        if len(images) == len(many):
            measured.add(quality)
        return CODEC.coder(quality).quantise(latents)

    many, measured = images(1500, size=16), set()
    monkeypatch.setattr(targets, "SAMPLE", 500 * many[0].size)
    low, high = (evaluate(CODEC, many, quality).measures.ssim for quality in (1, 100))
    blocks = [(many, CODEC.latents(many))]
    quality = targets.for_ssim(CODEC, blocks, low + share * (high - low), quantise)
    assert quality in measured and len(measured) <= 3


@pytest.mark.parametrize("sizes", [[512] * 8 + [7], [1] * 4103, [4103], [5, 2000, 2, 2096]])
def test_a_sample_is_spread_evenly_over_all_blocks(sizes, monkeypatch):
    def blocks(each):
        ends = np.cumsum(each)
        numbers = [np.arange(end - size, end) for end, size in zip(ends, each, strict=True)]
        return [(np.zeros((len(n), 4, 8, 3), np.uint8), n[:, None]) for n in numbers]

    monkeypatch.setattr(targets, "SAMPLE", 1026 * 4 * 8)
    found = targets._sample(blocks(sizes))
    assert all(len(images) == len(latents) > 0 for images, latents in found)
    numbers = np.concatenate([latents[:, 0] for _, latents in found])
    assert np.array_equal(numbers, np.arange(0, 4103, 4))
    few = blocks([1026, 1026])
    assert targets._sample(few) is few
    monkeypatch.setattr(targets, "SAMPLE", 1)
    assert sum(len(images) for images, _ in targets._sample(blocks(sizes))) == targets.FEWEST
