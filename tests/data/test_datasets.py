import numpy as np
import pytest
import tensorflow as tf

from image_compressor import InputError
from image_compressor.data import datasets, records
from image_compressor.data.source import SourceImage


@pytest.fixture(scope="module")
def dataset(digits):
    return tf.data.Dataset.from_tensor_slices(digits[..., None])


def epoch(batches):
    return np.concatenate([np.asarray(x) for x, _ in batches])


def test_an_epoch_has_every_image_once_and_each_its_own_order(dataset, digits):
    batches = datasets.training_batches(dataset, 32, shift=0, seed=1)
    first, second = epoch(batches), epoch(batches)
    assert not np.array_equal(first, second)
    for order in (first, second):
        back = sorted(np.uint8(np.round(255 * image)).tobytes() for image in order)
        assert back == sorted(image.tobytes() for image in digits)


def test_order_and_moves_are_those_of_the_seed(dataset):
    def two_epochs(seed):
        batches = datasets.training_batches(dataset, 32, shift=2, seed=seed)
        return np.stack([epoch(batches), epoch(batches)])

    assert np.array_equal(two_epochs(1), two_epochs(1))
    assert not np.array_equal(two_epochs(1), two_epochs(2))


def test_moves_are_whole_pixels_up_to_the_shift_in_each_direction(digits):
    one = tf.data.Dataset.from_tensor_slices(np.repeat(digits[:1, ..., None], 400, axis=0))
    moved = epoch(datasets.training_batches(one, 400, shift=1, seed=0))[..., 0]
    padded = np.pad(digits[0] / np.float32(255), 1, mode="reflect")
    expected = {padded[y : y + 28, x : x + 28].tobytes() for y in range(3) for x in range(3)}
    assert {image.tobytes() for image in moved} == expected


def test_a_shift_as_large_as_the_images_is_refused(dataset):
    with pytest.raises(InputError, match="shift smaller"):
        datasets.training_batches(dataset, 8, shift=28, seed=0)


def cut_out(digits, crop):
    """Lists every square that can be cut out of one digit."""
    picture, places = digits[0] / np.float32(255), range(28 - crop + 1)
    return {picture[y : y + crop, x : x + crop].tobytes() for y in places for x in places}


def test_a_crop_is_cut_out_of_each_image_anywhere(digits):
    one = tf.data.Dataset.from_tensor_slices(np.repeat(digits[:1, ..., None], 400, axis=0))
    batches = datasets.training_batches(one, 400, shift=0, seed=0, crop=26)
    assert {image.tobytes() for image in epoch(batches)} == cut_out(digits, 26)


def test_every_second_image_is_mirrored(digits):
    one = tf.data.Dataset.from_tensor_slices(np.repeat(digits[:1, ..., None], 400, axis=0))
    seen = epoch(datasets.training_batches(one, 400, shift=0, seed=0, flip=True))
    mirrored = (seen == seen[:1, :, ::-1]).all(axis=(1, 2, 3))
    as_it_is = (seen == seen[:1]).all(axis=(1, 2, 3))
    assert (mirrored ^ as_it_is).all()
    assert 0.4 < mirrored.mean() < 0.6


def test_a_crop_larger_than_the_images_is_refused(dataset):
    with pytest.raises(InputError, match=r"fits into the images.*Received: 29"):
        datasets.training_batches(dataset, 8, shift=0, seed=0, crop=29)


def test_validation_is_in_order_and_unmoved(dataset, digits):
    assert np.array_equal(
        epoch(datasets.validation_batches(dataset, 64)), digits[..., None] / np.float32(255)
    )


def test_images_of_another_shape_than_the_models_are_refused(dataset):
    datasets.check_shape(dataset, (28, 28, 1))
    datasets.check_shape(dataset, (None, None, 1))
    with pytest.raises(InputError, match=r"\(28, 28, 1\).*\(32, 32, 3\)"):
        datasets.check_shape(dataset, (32, 32, 3))


@pytest.fixture
def prepared(digits, tmp_path):
    """A data/prepared with the digits in shards of 20."""
    images = [SourceImage(f"{n}.png", pixels) for n, pixels in enumerate(digits)]
    records.write(images, tmp_path, 0.1, 0.1, shard_bytes=20 * 784)
    return tmp_path


def test_sets_too_large_for_memory_are_streamed_each_image_once_an_epoch(prepared, monkeypatch):
    monkeypatch.setattr(datasets, "CACHED", 50 * 28 * 28)
    expected = datasets.sample(prepared, "train")

    def epochs():
        images = datasets.images(prepared, "train", mixed=True)
        batches = datasets.training_batches(images, 32, shift=0, seed=1)
        return [np.uint8(np.round(255 * epoch(batches))) for _ in range(2)]

    first, second = epochs()
    assert not np.array_equal(first, second)
    for order in (first, second):
        assert sorted(map(bytes, order)) == sorted(map(bytes, expected))
    assert np.array_equal(epochs(), [first, second]), "the same for the same seed"
    validation = datasets.validation_batches(datasets.images(prepared, "validation"), 8)
    assert np.array_equal(epoch(validation), epoch(validation))


def test_of_a_large_split_an_even_sample_is_in_the_array(prepared, monkeypatch):
    whole = datasets.sample(prepared, "train")
    monkeypatch.setattr(datasets, "SAMPLE", whole.size // 2 - 1)
    assert np.array_equal(datasets.sample(prepared, "train"), whole[::3])
