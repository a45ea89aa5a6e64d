import os

import pytest
from PIL import Image

from image_compressor import InputError
from image_compressor.ingest.sources import directory


def tree(place, *names):
    for name in names:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (16, 16)).save(place / name)
    return {image.name: (image.label, image.split) for image in directory.images(place)}


def test_folders_are_labels(tmp_path):
    assert tree(tmp_path, "a.png", "cat/b.png", "cat/small/c.png", "dog/d.png") == {
        "a.png": ("", ""),
        "cat/b.png": ("cat", ""),
        "cat/small/c.png": ("cat", ""),
        "dog/d.png": ("dog", ""),
    }


def test_where_all_folders_are_splits_they_are_and_it_is_said(tmp_path, caplog):
    caplog.set_level("INFO")
    assert tree(tmp_path, "Train/cat/a.png", "val/b.png", "test/cat/c.png", "d.png") == {
        "Train/cat/a.png": ("cat", "train"),
        "val/b.png": ("", "validation"),
        "test/cat/c.png": ("cat", "test"),
        "d.png": ("", ""),
    }
    assert "the folders are splits: Train, test, val" in caplog.text


@pytest.mark.parametrize(
    "folders", [("train", "bus", "ship"), ("train", "training", "bus"), ("test", "val"), ("dev",)]
)
def test_others_are_labels_and_it_is_said(tmp_path, caplog, folders):
    caplog.set_level("INFO")
    images = tree(tmp_path, *(f"{folder}/a.png" for folder in folders))
    assert images == {f"{folder}/a.png": (folder, "") for folder in folders}
    assert f"the folders are labels: {', '.join(sorted(folders))}" in caplog.text


def test_an_empty_folder_beside_splits_does_not_matter(tmp_path):
    (tmp_path / "notes").mkdir()
    assert tree(tmp_path, "train/a.png")["train/a.png"] == ("", "train")


def test_splits_beside_other_folders_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"train, val are splits, but cat, dog .* are not"):
        tree(tmp_path, "train/a.png", "val/a.png", "dog/a.png", "cat/a.png")


def test_every_image_is_given_in_order_and_counted(tmp_path, caplog):
    caplog.set_level("INFO", "ingest")
    tree(tmp_path, "b/2.png", "b/10.png", "a.png")
    (tmp_path / "notes.txt").touch()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "link").symlink_to(tmp_path)
    (tmp_path / os.fsdecode(b"caf\xe9.png")).touch()
    images = directory.images(tmp_path)
    names = [image.name for image in images]
    assert names == ["a.png", "b/10.png", "b/2.png", "caf%E9.png", "link"]
    assert len(images) == len(names)
    assert "2 files that are not images" in caplog.text


def test_what_is_no_directory_is_refused(tmp_path):
    with pytest.raises(InputError, match="Cannot read the directory"):
        directory.images(tmp_path / "none")
