"""Images below the floor are raised, or stored as files."""

import io
from dataclasses import replace

import numpy as np
import pytest

from image_compressor import Codec, InputError
from image_compressor.codec.file.reader import Reader
from image_compressor.codec.file.sections import STORED
from image_compressor.codec.guard.floors import COLOUR, Floor, Floors, similarities
from image_compressor.images import colour_difference
from image_compressor.images.fitting import Scaled
from tests.codec.networks import codec, images, photo_codec

FLOORS = Floors((1, 100), (0.8, 0.9), (0.6, 0.8), (COLOUR, COLOUR), (COLOUR, COLOUR))


def guarded(one, floors=FLOORS):
    return Codec(one.networks, one.qualities, one.identity, one.policy, floors)


GREY, COLOURED = guarded(codec(size=16)), guarded(codec(3, size=16))
PHOTO = guarded(photo_codec())
GIVEN = images(60, size=16)
RANDOM = np.random.default_rng(0)
NOISE = RANDOM.integers(0, 256, (5, 16, 16, 1), np.uint8)


def written(one, given, **options):
    """(facts about the file, the decoded images, its reader)."""
    file = io.BytesIO()
    facts = one.write(file, given, **options)
    return facts, one.decompress(file.getvalue()), Reader(file)


@pytest.mark.parametrize("quality", [1, 50, 100])
def test_every_image_keeps_the_floor_of_its_quality(quality):
    given = np.concatenate([GIVEN, NOISE, 255 * (NOISE > 127).astype(np.uint8)])
    facts, decoded, reader = written(GREY, given, quality=quality)
    ssim = similarities(given, decoded)
    assert np.allclose(facts.ssim, ssim)
    assert ssim.min() >= FLOORS.at(quality).ssim
    assert colour_difference.largest(given, decoded).max() <= COLOUR
    assert facts.stored == len(reader.files) >= 5
    assert (facts.qualities[facts.qualities != STORED] >= quality).all()
    assert reader.measures == pytest.approx(
        (ssim.mean(), np.percentile(ssim, 5), ssim.min()), abs=1e-4
    )


def test_without_the_guard_all_have_one_quality_and_the_file_no_byte_more():
    facts, _, reader = written(GREY, NOISE, quality=1, guard=False)
    assert (facts.raised, facts.stored, facts.ssim) == (0, 0, None)
    assert set(reader.qualities) == {1}
    unguarded = codec(size=16).compress(NOISE, quality=1)
    assert GREY.compress(NOISE, quality=1, guard=False) == unguarded


def test_images_that_keep_the_floor_are_written_as_without_it():
    easy = GREY.decompress(GREY.compress(GIVEN, quality=100, guard=False))
    facts, _, _ = written(GREY, easy, quality=100)
    assert (facts.raised, facts.stored) == (0, 0)
    assert GREY.compress(easy, quality=100) == GREY.compress(easy, quality=100, guard=False)


@pytest.mark.parametrize("wanted", [0.3, 0.6, 0.85])
def test_each_image_has_the_lowest_quality_with_the_least_ssim(wanted):
    facts, decoded, _ = written(GREY, GIVEN, min_ssim=wanted)
    assert similarities(GIVEN, decoded).min() >= wanted
    raised = np.flatnonzero(facts.qualities > 1)
    for number in raised[:9]:
        image, below = GIVEN[number : number + 1], int(facts.qualities[number]) - 1
        again = GREY.decode(GREY.encode(image, below), below)
        coloured = colour_difference.largest(image, again)[0] <= COLOUR
        assert similarities(image, again)[0] < wanted or not coloured


def test_without_floors_there_is_no_guard_but_a_least_ssim():
    one = codec(size=16)
    assert written(one, NOISE)[0].ssim is None
    _, decoded, _ = written(one, NOISE, min_ssim=0.7)
    assert similarities(NOISE, decoded).min() >= 0.7
    with pytest.raises(InputError, match=r"states none.*min-ssim"):
        one.compress(NOISE, best=True)


def test_wrong_colours_are_raised_or_stored_however_similar():
    red = np.tile(np.uint8([230, 20, 20]), (3, 16, 16, 1))
    networks = COLOURED.networks

    class Bluish(type(networks)):
        def decode(self, y_hat):
            return np.clip(super().decode(y_hat) + np.float32([0, 0, 0.3]), 0, 1)

    one = guarded(Codec(Bluish(3, 16), COLOURED.qualities, b"blue"))
    facts, decoded, _ = written(one, red)
    assert (facts.stored, facts.dissimilar, facts.off_colour) == (3, 0, 3)
    assert colour_difference.largest(red, decoded).max() <= COLOUR


def test_plain_images_keep_their_colours_more_strictly():
    textured = RANDOM.integers(60, 180, (16, 16, 3), np.uint8)
    given = np.stack([np.full((16, 16, 3), 120, np.uint8), textured, textured // 2 + 60])
    decoded = given + np.uint8([0, 0, 25])
    lost = colour_difference.largest(given, decoded)
    between = Floor(-1, colour=lost.max(), plain=lost.min() - 0.1)
    assert between.colours_kept(given, decoded).tolist() == [False, True, True]
    assert [between.kept(*pair) for pair in zip(given, decoded, strict=True)] == [False, True, True]
    assert replace(between, plain=lost[0]).colours_kept(given, decoded).all()
    assert not replace(between, colour=lost.min() - 0.1).colours_kept(given, decoded).any()
    assert Floor(-1).colours_kept(given, 255 - given).all()


def test_images_below_the_floor_are_counted_by_the_reason():
    given, floor = np.concatenate([images(600, size=16), NOISE]), FLOORS.at(5)
    plain = GREY.decompress(GREY.compress(given, quality=5, guard=False))
    similar, coloured = similarities(given, plain) >= floor.ssim, floor.colours_kept(given, plain)
    facts, _, _ = written(GREY, given, quality=5)
    assert facts.dissimilar == (~similar).sum() > 0
    assert facts.off_colour == (similar & ~coloured).sum() > 0
    assert facts.dissimilar + facts.off_colour == facts.raised + facts.stored


def test_the_best_is_never_larger_than_without():
    facts, decoded, _ = written(GREY, GIVEN, min_ssim=0.8, best=True)
    assert similarities(GIVEN, decoded).min() >= 0.8
    assert facts.bytes <= written(GREY, GIVEN, min_ssim=0.8)[0].bytes


def test_the_best_of_each_image_is_the_smaller_of_ours_and_a_file():
    given = [np.full((64, 64, 3), 77, np.uint8), np.full((8, 8, 3), 77, np.uint8)]
    facts, decoded, _ = written(PHOTO, given, best=True)
    assert (facts.qualities == STORED).tolist() == [True, False]
    assert facts.bytes < written(PHOTO, given)[0].bytes
    for image, back in zip(given, decoded, strict=True):
        assert PHOTO.floors.at(50).kept(image, back)


def test_random_access_gives_the_images_of_the_whole_file():
    given = np.concatenate([NOISE[:1], GIVEN, NOISE[1:], images(600, size=16, seed=1)])
    file = io.BytesIO()
    facts = GREY.write(file, given, quality=5)
    assert facts.stored and facts.raised
    archive, decoded = GREY.open(file), GREY.decompress(file.getvalue())
    stored, raised = (np.flatnonzero(each) for each in (facts.qualities == 0, facts.qualities > 5))
    for number in [0, len(given) - 1, *stored[:3].tolist(), *raised[:9].tolist()]:
        assert np.array_equal(archive[number], decoded[number])


def test_images_of_any_size_have_a_quality_each():
    sizes = [(40, 61), (1, 1), (16, 17), (200, 3)]
    given = [RANDOM.integers(0, 256, (*size, 3), np.uint8) for size in sizes]
    given.append(np.full((30, 30, 3), 77, np.uint8))
    facts, decoded, reader = written(PHOTO, given)
    for image, back in zip(given, decoded, strict=True):
        assert image.shape == back.shape
        floor = PHOTO.floors.at(50)
        assert similarities(image[None], back[None])[0] >= floor.ssim
        assert floor.colours_kept(image[None], back[None]).all()
    assert np.array_equal(reader.qualities, facts.qualities)


def test_a_damaged_file_in_the_archive_is_refused():
    data = bytearray(GREY.compress(NOISE, quality=50))
    reader = Reader(io.BytesIO(data))
    for position, file in (
        each for n in range(len(reader.sizes)) for each in reader.block(n).files
    ):
        damaged = bytearray(data)
        damaged[position + file.bytes // 2] ^= 1
        with pytest.raises(InputError, match="a stored image of block 0 fails its checksum"):
            GREY.decompress(bytes(damaged))


def test_every_flipped_byte_is_detected():
    data = GREY.compress(np.concatenate([NOISE[:2], GIVEN[:3]]), ["a", "b", "c", "d", "e"])
    for position in range(len(data)):
        damaged = bytearray(data)
        damaged[position] ^= 1 << position % 8
        with pytest.raises(InputError):
            GREY.decompress(bytes(damaged))


def test_target_bytes_hold_with_the_guard():
    size = written(GREY, np.concatenate([GIVEN, NOISE]), quality=40)[0].bytes
    facts, _, _ = written(GREY, np.concatenate([GIVEN, NOISE]), target_bytes=size)
    assert facts.bytes <= size


@pytest.mark.parametrize("fit", ["letterbox", "stretch"])
def test_scaled_images_come_back_in_their_own_size(fit):
    sizes = [(16, 16), (20, 31), (16, 16), (5, 60)]
    given = [
        image if size == (16, 16) else Scaled(image, fit, size)
        for image, size in zip(GIVEN[..., 0], sizes, strict=False)
    ]
    file = io.BytesIO()
    GREY.write(file, given, guard=False)
    decoded, archive = GREY.decompress(file.getvalue()), GREY.open(file)
    assert [image.shape for image in decoded] == sizes
    assert all(map(np.array_equal, archive, decoded))
    assert np.array_equal(archive[3], decoded[3])
    with pytest.raises(InputError, match=r"at most 400 pixels.*20x31"):
        GREY.open(file, max_pixels=400)


def test_floors_are_interpolated():
    assert FLOORS.at(1).ssim == 0.6
    assert FLOORS.at(50.5).ssim == pytest.approx(0.7)
    assert FLOORS.with_ssim(0.5) == replace(FLOORS.at(1), ssim=0.5)
    assert (FLOORS.quality(0.6), FLOORS.quality(0.61), FLOORS.quality(0.8)) == (1, 100, 100)
    assert FLOORS.with_ssim(0.99) == replace(FLOORS.at(100), ssim=0.99)
