"""Joining and splitting archives without decoding their images."""

import io

import numpy as np
import pytest

from image_compressor import Codec, InputError
from image_compressor.codec.archive import Archive
from image_compressor.codec.guard.floors import similarities
from image_compressor.codec.recompressing import recompress
from image_compressor.codec.rewriting import items_of, rewrite
from image_compressor.images.fitting import Scaled
from tests.codec.networks import codec, images, photo_codec
from tests.photographs import picture


def archive(transform, data):
    return Archive(transform, io.BytesIO(data))


def items(*archives):
    return [item for each in archives for item in items_of(each)]


def joined(transform, *files, chosen=slice(None)):
    file = io.BytesIO()
    size = rewrite(transform, items(*(archive(transform, data) for data in files))[chosen], file)
    assert size == len(file.getvalue())
    return file.getvalue()


def same(first, second):
    return len(first) == len(second) and all(map(np.array_equal, first, second))


@pytest.mark.parametrize("count", [1, 7, 512, 700])
def test_a_file_joined_with_none_is_the_same_to_the_byte(count):
    transform = codec()
    data = transform.compress(images(count), [f"{n}.png" for n in range(count)], quality=70)
    assert joined(transform, data) == data


@pytest.mark.parametrize("counts", [(1, 1), (300, 400), (512, 5, 600)])
def test_joined_files_have_all_images_and_split_ones_some(counts):
    transform = codec()
    stacks = [images(count, seed=count) for count in counts]
    files = [transform.compress(stack, quality=20 + n) for n, stack in enumerate(stacks)]
    whole = joined(transform, *files)
    every = np.concatenate([transform.decompress(data) for data in files])
    assert np.array_equal(transform.decompress(whole), every)
    part = slice(1, len(every), 3)
    assert np.array_equal(transform.decompress(joined(transform, whole, chosen=part)), every[part])


def test_qualities_stored_files_and_own_sizes_are_kept():
    digits = Codec.load("digits")
    noise = np.random.default_rng(0).integers(0, 256, (3, 28, 28), np.uint8)
    first = digits.compress([*noise, np.zeros((28, 28), np.uint8)], quality=20)
    scaled = [Scaled(noise[0], "letterbox", (90, 40)), Scaled(noise[1], "letterbox", (28, 28))]
    second = digits.compress(scaled, quality=40)
    whole = joined(digits, first, second)
    assert len(archive(digits, first).reader.files) == 3
    assert len(archive(digits, whole).reader.files) == 3 + len(archive(digits, second).reader.files)
    found = [*digits.decompress(first), *digits.decompress(second)]
    assert same(digits.decompress(whole), found)
    assert digits.decompress(whole)[4].shape == (90, 40)


def test_photographs_of_any_size_too():
    photo = Codec.load("photo")
    data = photo.compress([picture(50, 70), picture(20, 9), picture(64, 64)], guard=False)
    assert joined(photo, data) == data
    two = joined(photo, data, data, chosen=slice(2, 5))
    again = photo.decompress(data)
    assert same(photo.decompress(two), [again[2], again[0], again[1]])


def test_what_cannot_be_one_archive_is_refused():
    transform = codec()
    named, other = (transform.compress(images(2), names) for names in (["a", "b"], None))
    with pytest.raises(InputError, match="Some images have names"):
        joined(transform, named, other)
    with pytest.raises(InputError, match="names"):
        joined(transform, named, named)
    damaged = bytearray(other)
    damaged[20] ^= 1
    with pytest.raises(InputError, match="checksum"):
        joined(transform, bytes(damaged))


def test_stored_images_of_a_size_that_the_new_codec_does_not_take_are_refused():
    noise = np.random.default_rng(0).integers(0, 256, (2, 28, 28), np.uint8)
    digits, photo = Codec.load("digits"), Codec.load("photo")
    stored = archive(digits, digits.compress(noise))
    assert len(stored.reader.files) == 2
    with pytest.raises(InputError, match="the codec's shape"):
        recompress(stored, photo, io.BytesIO(), 0.02)
    file = io.BytesIO()
    assert recompress(stored, digits, file, 0.02).kept == 2
    assert same(digits.decompress(file.getvalue()), list(stored))


def test_images_that_were_scaled_to_the_old_codec_keep_their_own_sizes():
    digits = Codec.load("digits")
    smooth = np.uint8(np.add.outer(np.arange(28), np.arange(28)) * 4)
    scaled = [Scaled(smooth, "letterbox", (90, 40)), Scaled(smooth, "letterbox", (28, 28))]
    old, file = archive(digits, digits.compress(scaled, guard=False)), io.BytesIO()
    assert recompress(old, digits, file, 0.02, effort=1).ssim.min() >= 0.98
    again = digits.decompress(file.getvalue())
    assert [image.shape for image in again] == [(90, 40), (28, 28)]


def test_images_that_were_not_scaled_are_recompressed_to_a_codec_of_their_size_or_of_any():
    for old, new, given in (
        (codec(size=16), codec(size=16, identity=b"next"), images(5, size=16)),
        (codec(3, size=16), photo_codec(), images(5, 3, size=16)),
    ):
        before, file = archive(old, old.compress(given)), io.BytesIO()
        found = recompress(before, new, file, 0.1)
        again = list(archive(new, file.getvalue()))
        assert len(found.ssim) == 5 and found.ssim.min() >= 0.9 and found.kept == 0
        assert np.allclose(found.ssim, similarities(np.stack(list(before)), np.stack(again)))


def test_images_that_were_scaled_have_their_own_sizes_for_a_codec_of_any():
    old, image = codec(3, size=16), images(1, 3, size=16)[0]
    scaled = [Scaled(image, "stretch", size) for size in [(30, 20), (16, 16)]]
    before, file = archive(old, old.compress(scaled)), io.BytesIO()
    recompress(before, photo_codec(), file, 0.1)
    after = archive(photo_codec(), file.getvalue())
    assert after.reader.own_sizes is None
    assert after.reader.shapes == [(30, 20, 3), (16, 16, 3)]
