"""Images of many sizes: records, batches and samples."""

import numpy as np
import pytest

from image_compressor import InputError
from image_compressor.data import datasets, records
from image_compressor.data.source import SourceImage
from tests.photographs import picture

SIZES = [(20 + 3 * number % 25, 20 + 7 * number % 40) for number in range(40)]


@pytest.fixture(scope="module")
def pictures():
    return [picture(*size, seed=number) for number, size in enumerate(SIZES)]


@pytest.fixture(scope="module")
def prepared(pictures, tmp_path_factory):
    directory = tmp_path_factory.mktemp("prepared")
    images = [SourceImage(f"{number}.png", image) for number, image in enumerate(pictures)]
    records.write(images, directory, 0.2, 0.2, shard_bytes=10**4)
    return directory


def epoch(batches):
    return [np.uint8(np.round(255 * image)) for batch, _ in batches for image in np.asarray(batch)]


def train(prepared, crop, seed=0):
    images = datasets.images(prepared, "train")
    size = datasets.size(prepared, "train")
    return datasets.training_batches(images, 4, shift=0, seed=seed, crop=crop, size=size)


def test_they_come_back_each_in_its_size(pictures, prepared):
    assert records.read_facts(prepared)["shape"] == [None, None, 3]
    back = [
        image
        for split in ("train", "validation", "test")
        for image in datasets.sample(prepared, split)
    ]
    assert sorted((*x.shape, x.tobytes()) for x in back) == sorted(
        (*x.shape, x.tobytes()) for x in pictures
    )
    shards = [path for path in prepared.glob("*.tfrecord") if path.stat().st_size > 2 * 10**4]
    assert not shards


@pytest.mark.parametrize("mixed", [False, True])
def test_a_large_split_is_sampled_evenly(prepared, monkeypatch, mixed):
    whole = datasets.sample(prepared, "train")
    monkeypatch.setattr(datasets, "SAMPLE", sum(image.size for image in whole) // 2 - 1)
    monkeypatch.setattr(datasets, "CACHED", 10**4)
    assert len(epoch(train(prepared, 16))) == len(whole)
    some = datasets.sample(prepared, "train")
    assert all(map(np.array_equal, some, whole[::3]))
    assert int(datasets.images(prepared, "train", mixed=mixed).cardinality()) == len(whole)


def test_each_epoch_cuts_a_square_out_of_every_image_at_random(prepared):
    batches, whole = train(prepared, 20), datasets.sample(prepared, "train")
    windows = {
        image[top : top + 20, left : left + 20].tobytes(): number
        for number, image in enumerate(whole)
        for top in range(image.shape[0] - 19)
        for left in range(image.shape[1] - 19)
    }
    first, second = epoch(batches), epoch(batches)
    for squares in (first, second):
        assert sorted(windows[square.tobytes()] for square in squares) == [*range(len(whole))]
    assert {square.tobytes() for square in first} != {square.tobytes() for square in second}
    again = epoch(train(prepared, 20))
    assert np.array_equal(first, again), "the same for the same seed"
    assert not np.array_equal(first, epoch(train(prepared, 20, seed=1)))


def test_an_image_smaller_than_the_square_is_continued_by_its_reflection(prepared):
    images = {image.tobytes() for image in datasets.sample(prepared, "train")}
    for square in epoch(train(prepared, 64)):
        assert square.shape == (64, 64, 3)
        found = [
            (height, width)
            for height, width in set(SIZES)
            if square[:height, :width].tobytes() in images
        ]
        (size,) = found
        whole = np.pad(square[: size[0], : size[1]], [(0, 64), (0, 64), (0, 0)], "symmetric")
        assert np.array_equal(square, whole[:64, :64])


def test_validation_is_the_centre(prepared):
    batches = datasets.validation_batches(datasets.images(prepared, "validation"), 4, 20)
    squares, whole = epoch(batches), datasets.sample(prepared, "validation")
    for square, image in zip(squares, whole, strict=True):
        top, left = ((size - 19) // 2 for size in image.shape[:2])
        assert np.array_equal(square, image[top : top + 20, left : left + 20])


def test_a_crop_is_needed(prepared):
    with pytest.raises(InputError, match=r"train\.crop"):
        train(prepared, None)


def test_a_model_for_one_size_is_refused(prepared):
    with pytest.raises(InputError, match=r"different sizes.*photo\.json"):
        datasets.check_shape(datasets.images(prepared, "train"), (28, 28, 3))
    datasets.check_shape(datasets.images(prepared, "train"), (None, None, 3))


def test_an_image_too_small_to_be_measured_is_named(tmp_path):
    images = [SourceImage("small.png", np.zeros((10, 30, 3), np.uint8))]
    with pytest.raises(InputError, match=r"small\.png has 30x10 pixels"):
        records.write(images, tmp_path, 0.2, 0.2, 10**6)
