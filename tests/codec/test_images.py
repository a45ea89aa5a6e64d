import numpy as np
import pytest
from PIL import Image

from image_compressor import InputError
from image_compressor.codec import images


def stack(shape=(7, 8, 9)):
    return np.random.default_rng(0).integers(0, 256, shape, np.uint8)


@pytest.mark.parametrize("shape", [(7, 8, 9), (7, 8, 9, 1), (7, 8, 9, 3), (1, 1, 1)])
@pytest.mark.parametrize("part", [1, 3, 7])
def test_a_stack_written_in_parts_is_the_file_that_numpy_writes(tmp_path, shape, part):
    whole = stack(shape)
    parts = (whole[start : start + part] for start in range(0, len(whole), part))
    images.write_stack(tmp_path / "parts.npy", len(whole), parts)
    np.save(tmp_path / "whole.npy", whole)
    assert (tmp_path / "parts.npy").read_bytes() == (tmp_path / "whole.npy").read_bytes()


@pytest.mark.parametrize("ending", images.LOSSLESS)
@pytest.mark.parametrize("shape", [(8, 9), (8, 9, 1), (8, 9, 3)])
def test_what_is_written_is_read_back(tmp_path, ending, shape):
    image = stack(shape)
    images.write(tmp_path / f"image{ending}", image)
    channels = 3 if shape[2:] == (3,) else 1
    read = images.read(tmp_path / f"image{ending}", (8, 9, channels))
    assert np.array_equal(read.reshape(shape), image)


@pytest.mark.parametrize("kept", [False, True])
def test_a_directory_is_written_whole_or_not_at_all(tmp_path, kept):
    def failing():
        yield from stack()[:3]
        raise KeyError

    (tmp_path / "out").mkdir()
    if kept:
        (tmp_path / "out/other").touch()
    names = [f"{number}.png" for number in range(7)]
    with pytest.raises(KeyError):
        images.write_directory(tmp_path / "out", names, failing(), force=True)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["other"] * kept
    images.write_directory(tmp_path / "out", names, iter(stack()), force=True)
    for name, image in zip(names, stack(), strict=True):
        assert np.array_equal(np.asarray(Image.open(tmp_path / "out" / name)), image)


def test_files_are_found_below_a_directory_in_order(tmp_path):
    for name in ("b.png", "a/c.png", "a/b/d", ".hidden/e.png", "a/.f"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    assert images.find(tmp_path) == ["a/b/d", "a/c.png", "b.png"]


@pytest.mark.parametrize("names", [["a.png", "A.PNG"], ["a.jpg", "a.jpg.png"]])
def test_names_that_would_be_one_file_are_refused(names):
    with pytest.raises(InputError, match="Rename one"):
        images.file_names_of(names)
