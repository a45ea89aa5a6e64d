"""Reading a .npy file in parts."""

import pickle
import tracemalloc

import numpy as np
import pytest

from image_compressor import InputError
from image_compressor.codec.codec import BLOCK
from image_compressor.images.stack import Stack
from tests.codec.networks import Pickled, codec, images


def stack(shape=(7, 8, 9)):
    return np.random.default_rng(0).integers(0, 256, shape, np.uint8)


@pytest.mark.parametrize(
    "part",
    [slice(None), slice(3), slice(2, 5), slice(-2, None), slice(5, 9), slice(5, 2), slice(9, 12)],
)
def test_a_part_of_a_stack_equals_that_of_numpy(tmp_path, part):
    whole = stack((7, 8, 9, 3))
    np.save(tmp_path / "stack.npy", whole)
    read = Stack(tmp_path / "stack.npy")
    assert (len(read), read.shape, read.dtype, read.ndim) == (7, whole.shape, np.uint8, 4)
    assert np.array_equal(read[part], whole[part])


def test_iterating_gives_its_images(tmp_path):
    whole = stack((150, 3, 2))
    np.save(tmp_path / "stack.npy", whole)
    assert np.array_equal(list(Stack(tmp_path / "stack.npy")), whole)


def test_only_slices_with_step_1_are_read(tmp_path):
    np.save(tmp_path / "stack.npy", stack())
    with pytest.raises(ValueError, match="a slice with step 1"):
        Stack(tmp_path / "stack.npy")[::2]


def test_no_pickle_is_read(tmp_path):
    (tmp_path / "stack.npy").write_bytes(pickle.dumps(Pickled(tmp_path / "touched")))
    with pytest.raises(InputError, match=r"stack\.npy"):
        Stack(tmp_path / "stack.npy")
    assert not (tmp_path / "touched").exists()


def test_only_the_requested_part_is_in_memory(tmp_path):
    np.save(tmp_path / "stack.npy", np.zeros((1000, 100, 100), np.uint8))
    read = Stack(tmp_path / "stack.npy")
    tracemalloc.start()
    assert read[500:510].nbytes == 10 * 100 * 100
    assert tracemalloc.get_traced_memory()[1] < 200_000
    tracemalloc.stop()


def test_a_stack_gives_the_bytes_of_its_array(tmp_path):
    whole = images(BLOCK + 3)
    np.save(tmp_path / "stack.npy", whole)
    assert codec().compress(Stack(tmp_path / "stack.npy")) == codec().compress(whole)


@pytest.mark.parametrize("kind", ["cut", "columns", "objects", "archive", "text", "number"])
def test_a_file_without_a_stack_is_refused(tmp_path, kind):
    path = tmp_path / "stack.npy"
    if kind == "archive":
        with path.open("wb") as file:
            np.savez(file, stack())
    elif kind == "text":
        path.write_text("no array")
    else:
        arrays = {
            "columns": np.asfortranarray(stack()),
            "objects": np.array([{}]),
            "number": np.uint8(3),
        }
        np.save(path, arrays.get(kind, stack()), allow_pickle=True)
    if kind == "cut":
        path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InputError, match=r"stack\.npy"):
        Stack(path)
