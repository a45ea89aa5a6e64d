"""Writing images as files."""

import io

import numpy as np
import pytest
from PIL import Image

from image_compressor import InputError
from image_compressor.images import image_files
from tests.photographs import picture


def stack(shape=(7, 8, 9)):
    return np.random.default_rng(0).integers(0, 256, shape, np.uint8)


@pytest.mark.parametrize("shape", [(7, 8, 9), (7, 8, 9, 1), (7, 8, 9, 3), (1, 1, 1)])
@pytest.mark.parametrize("part", [1, 3, 7])
def test_a_stack_written_in_parts_equals_the_file_of_numpy(tmp_path, shape, part):
    whole = stack(shape)
    parts = (whole[start : start + part] for start in range(0, len(whole), part))
    image_files.write_stack(tmp_path / "parts.npy", len(whole), parts)
    np.save(tmp_path / "whole.npy", whole)
    assert (tmp_path / "parts.npy").read_bytes() == (tmp_path / "whole.npy").read_bytes()


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
        image_files.write_directory(tmp_path / "out", names, failing(), force=True)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["other"] * kept
    image_files.write_directory(tmp_path / "out", names, iter(stack()), force=True)
    for name, image in zip(names, stack(), strict=True):
        assert np.array_equal(np.asarray(Image.open(tmp_path / "out" / name)), image)
    assert (tmp_path / "out/other").exists() == kept


def test_names_are_paths_below_the_directory_one_an_image(tmp_path):
    names = ["a/b/c/0.png", "a/1.tif", "2"]
    image_files.write_directory(tmp_path / "out", names, stack()[:3])
    for name, image in zip(["a/b/c/0.png", "a/1.tif", "2.png"], stack(), strict=False):
        assert np.array_equal(np.asarray(Image.open(tmp_path / "out" / name)), image)
    for count in (2, 4):
        with pytest.raises(ValueError, match="zip"):
            image_files.write_directory(tmp_path / "other", names, stack()[:count])
        assert not (tmp_path / "other").exists()


def test_stacks_of_two_sizes_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"one size.*\(8, 9\) and \(8, 8\)"):
        image_files.write_stack(tmp_path / "a.npy", 8, [stack(), stack((1, 8, 8))])
    assert not (tmp_path / "a.npy").exists()


WRITERS = {
    "one": lambda path, **options: image_files.write(path, stack()[0], **options),
    "stack": lambda path, **options: image_files.write_stack(path, 7, [stack()], **options),
    "check": lambda path, **options: image_files.check_image(path, 1, **options),
}


@pytest.mark.parametrize("name", WRITERS)
def test_existing_files_are_kept_unless_forced(tmp_path, name):
    path = tmp_path / "a.png"
    path.write_text("kept")
    with pytest.raises(InputError, match=r"a\.png"):
        WRITERS[name](path)
    assert path.read_text() == "kept"
    WRITERS[name](path, force=True)


def test_a_directory_with_files_is_kept_unless_forced(tmp_path):
    (tmp_path / "other").touch()
    with pytest.raises(InputError):
        image_files.write_directory(tmp_path, ["a.png"], stack()[:1])
    assert [path.name for path in tmp_path.iterdir()] == ["other"]


def test_one_file_holds_one_image_without_loss(tmp_path):
    for name in ("a.png", "A.PNG", "a.tiff"):
        image_files.check_image(tmp_path / name, 1)
    with pytest.raises(InputError, match="lose pixels"):
        image_files.check_image(tmp_path / "a.jpg", 1)
    with pytest.raises(InputError, match="Name a directory"):
        image_files.check_image(tmp_path / "a.png", 2)


@pytest.mark.parametrize("shape", [(8, 9), (8, 9, 1), (8, 9, 3)])
def test_a_png_keeps_pixels_and_optimised_is_smaller(shape):
    image = stack(shape) // np.uint8(64)
    small, quick = image_files.png(image, optimize=True), image_files.png(image)
    for data in (small, quick):
        with Image.open(io.BytesIO(data)) as read:
            assert read.format == "PNG"
            assert np.array_equal(np.asarray(read).reshape(shape), image)
    large = picture(200, 200)
    assert len(image_files.png(large, optimize=True)) < len(image_files.png(large))
