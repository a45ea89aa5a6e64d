"""Symbols chosen with effort: fewer bytes at the same similarity."""

import io

import numpy as np
import pytest

from image_compressor import Codec, InputError
from image_compressor.codec.archive import Archive
from image_compressor.codec.file.sections import STORED
from image_compressor.codec.guard import refined
from image_compressor.codec.guard.floors import similarities
from image_compressor.codec.refining import ROUNDS, Refiner, distortion
from tests.codec.networks import QuarterMeans, codec, images, photo_codec, tables

GIVEN = images(60, size=16)
NOISE = np.random.default_rng(0).integers(0, 256, (9, 28, 28), np.uint8)


@pytest.fixture(scope="module")
def few(digits):
    return digits[:64]


def written(one, given, **options):
    """(facts about the file, the decoded images)."""
    file = io.BytesIO()
    facts = one.write(file, given, **options)
    return facts, one.decompress(file.getvalue())


def psnr(given, decoded):
    return 10 * np.log10(255**2 / ((given.astype(float) - decoded) ** 2).mean())


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("quality", [1, 50, 100])
def test_no_image_costs_more_than_with_rounded_latents(channels, quality):
    transform, given = codec(channels, size=16), images(60, channels, size=16)
    latents, coder = transform.latents(given), transform.coder(quality)
    plain, refined = coder.quantise(latents), Refiner(transform, 3).refined(given, latents, quality)
    assert refined.dtype == plain.dtype and refined.shape == plain.shape
    bits, differences = (
        np.stack(pair)
        for pair in zip(
            *(
                (coder.bits(symbols), distortion(given, transform.decode(symbols, quality)))
                for symbols in (plain, refined)
            ),
            strict=True,
        )
    )
    costs = bits + bits[0].mean() / differences[0].mean() * differences
    assert (costs[1] <= costs[0] + 1e-6).all()
    assert costs[1].mean() < costs[0].mean()


def test_files_of_digits_are_smaller_at_the_same_similarity(few):
    one = Codec.load("digits")
    plain, before = written(one, few, quality=20)
    facts, decoded = written(one, few, quality=20, effort=2)
    assert facts.bytes < 0.93 * plain.bytes
    assert facts.ssim.mean() > plain.ssim.mean() - 0.003
    assert psnr(few, decoded) > psnr(few, before) - 0.1
    most, _ = written(one, few, quality=20, effort=6)
    assert most.bytes < facts.bytes


@pytest.mark.parametrize("floor", [0.85, 0.93])
def test_every_image_has_the_ssim_that_was_asked_for(few, floor):
    one, given = Codec.load("digits"), np.concatenate([few, NOISE])
    plain, _ = written(one, given, min_ssim=floor)
    facts, decoded = written(one, given, min_ssim=floor, effort=1)
    assert np.allclose(facts.ssim, similarities(given[..., None], decoded[..., None]))
    assert facts.ssim.min() >= floor
    assert facts.bytes < plain.bytes
    assert (facts.qualities[-len(NOISE) :] == STORED).all()


def test_images_that_no_refining_brings_to_the_floor_stay_as_they_are(few, monkeypatch):
    one = Codec.load("digits")

    def worse(refiner, images, latents, quality):
        return np.zeros(latents.shape, np.int32)

    monkeypatch.setattr(Refiner, "refined", worse)
    for options in ({"quality": 20}, {"min_ssim": 0.9}):
        assert one.compress(few, effort=1, **options) == one.compress(few, **options)


def test_images_that_miss_the_floor_at_the_lower_quality_are_raised_to_the_one_before(
    few, monkeypatch
):
    one = Codec.load("digits")
    plain, before = written(one, few, quality=20)
    monkeypatch.setattr(refined, "as_good", lambda *_: 10)
    monkeypatch.setattr(
        Refiner, "refined", lambda _, images, latents, quality: np.zeros(latents.shape, np.int32)
    )
    facts, decoded = written(one, few, quality=20, effort=1)
    assert facts.quality == 10
    assert np.array_equal(facts.qualities, plain.qualities)
    assert np.array_equal(facts.ssim, plain.ssim) and np.array_equal(decoded, before)


def test_a_mean_and_a_size_that_were_asked_for_are_kept(few):
    one = Codec.load("digits")
    plain, _ = written(one, few, target_ssim=0.94)
    facts, _ = written(one, few, target_ssim=0.94, effort=1)
    assert facts.ssim.mean() >= 0.94
    assert facts.bytes < plain.bytes
    assert written(one, few[:9], target_bytes=130, effort=1)[0].bytes <= 130


def test_an_image_is_read_alone_as_among_the_others():
    one = codec(size=16)
    data = one.compress(GIVEN, effort=2)
    whole, archive = one.decompress(data), Archive(one, io.BytesIO(data))
    for number in (0, 31, 59):
        assert np.array_equal(archive[number], whole[number])
    assert data == one.compress(GIVEN, effort=2)
    assert len(data) < len(one.compress(GIVEN))


@pytest.mark.parametrize("effort", [-1, len(ROUNDS), True, 2.0, "3"])
def test_other_efforts_are_refused(effort):
    with pytest.raises(InputError, match="an effort of 0 to 9"):
        codec(size=16).compress(GIVEN, effort=effort)


def test_a_codec_for_any_size_takes_no_effort():
    with pytest.raises(InputError, match="any size"):
        photo_codec().compress([GIVEN[0].repeat(3, axis=2)], effort=1)


def test_latents_may_lie_in_a_plane():
    networks = QuarterMeans(3, 16)
    networks.latent_shape = (2, 2, 3)
    plane = Codec(networks, [tables(3, quality) for quality in range(1, 101)])
    flat, given = codec(3, size=16), images(60, 3, size=16)
    found, same = (Refiner(one, 4).refined(given, one.latents(given), 50) for one in (plane, flat))
    assert found.shape == (60, 2, 2, 3)
    assert np.array_equal(found.reshape(same.shape), same)


def test_moves_that_were_bad_rest_for_two_rounds_and_are_tried_again(monkeypatch):
    tried = []

    def all_bad(refiner, images, coder, now, shape, image, place, step):
        tried.append({*zip(image.tolist(), place.tolist(), step.tolist(), strict=True)})
        return np.full(len(image), np.inf)

    monkeypatch.setattr(Refiner, "_added", all_bad)
    one = codec(3, size=16)
    given = images(60, 3, size=16)
    Refiner(one, 6).refined(given, one.latents(given), 50)
    assert len(tried) == ROUNDS[6] and all(len(each) == 60 * 12 // 6 for each in tried)
    for first, second, third in zip(tried, tried[1:], tried[2:], strict=False):
        assert first.isdisjoint(second) and first.isdisjoint(third)
    assert all(first == again for first, again in zip(tried, tried[3:], strict=False))
