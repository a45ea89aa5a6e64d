"""Drift: images of another kind are told from those of a codec's validation."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from image_compressor import InputError
from image_compressor.watch import drift
from tests.codec import networks

CODEC = networks.codec(size=16)
IMAGES = networks.images(600, size=16) // 2
TYPICAL = drift.measure(CODEC, IMAGES[:300], 20)


def compared(images):
    names = [str(number) for number in range(len(images))]
    return drift.compare(TYPICAL, names, *drift.each(CODEC, images, TYPICAL.quality))


def test_images_of_the_same_kind_are_no_drift():
    found = compared(IMAGES[300:])
    assert not found.found
    assert (found.images, found.quality, len(found.unlike)) == (300, 20, drift.NAMED)


def test_a_shift_of_all_images_is_found():
    found = compared(IMAGES[300:] * 2)
    assert found.found and found.measures[0].p_shift < 1e-6


def test_a_few_images_of_another_kind_are_found_and_named():
    images = IMAGES[300:].copy()
    noise = np.random.default_rng(0).integers(0, 256, (15, *images.shape[1:]), np.uint8)
    images[40:55] = noise
    found = compared(images)
    assert found.found and min(one.p_beyond for one in found.measures) < drift.FALSE_ALARMS
    assert {int(one.name) for one in found.unlike} <= {*range(40, 55)}


def test_windows_without_drift_are_rarely_taken_for_drift():
    random = np.random.default_rng(0)
    alarms = sum(
        compared(IMAGES[300 + random.choice(300, 100, replace=False)]).found for _ in range(50)
    )
    assert alarms <= 1


def test_the_reference_has_the_percentiles_that_it_was_made_of():
    sample = TYPICAL.sample("ssim")
    assert len(sample) == TYPICAL.images
    middle = np.percentile(sample, [5, 50, 95])
    assert middle == pytest.approx([TYPICAL.ssim[n] for n in (5, 50, 95)], abs=0.01)
    assert TYPICAL.distance("ssim", np.array([TYPICAL.ssim[n] for n in (1, 50, 99)])) == (
        pytest.approx([1, 0, 1])
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda facts: facts.clear(),
        lambda facts: facts["typical"].pop("bpp"),
        lambda facts: facts["typical"].update(bpp=[1.0]),
        lambda facts: facts["typical"].update(ssim=[None] * 101),
        lambda facts: facts["typical"].update(images=0),
        lambda facts: facts.update(typical=3),
    ],
)
def test_a_card_without_whole_measures_is_refused(change):
    facts = {"typical": json.loads(json.dumps(asdict(TYPICAL)))}
    assert drift.of_card(facts) == TYPICAL
    change(facts)
    with pytest.raises(InputError, match="Export it again"):
        drift.of_card(facts)


def test_images_that_all_measured_the_same_are_no_error():
    one = replace(TYPICAL, bpp=(1.0,) * 101, ssim=(1.0,) * 101)
    same = np.ones(5)
    assert not drift.compare(one, [""] * 5, same, same).found
    assert drift.compare(one, [""] * 50, np.full(50, 2.0), np.ones(50)).found
