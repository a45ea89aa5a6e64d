import shutil

import pytest

from image_compressor import Codec, InputError
from image_compressor.codec import exported
from tests.codec.networks import images


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Two folders of released codecs: an empty `small` in the first, `tiny` in the second."""
    folders = tmp_path / "package", tmp_path / "checkout"
    shutil.copytree(exported.find("digits"), folders[1] / "tiny")
    (folders[0] / "small").mkdir(parents=True)
    monkeypatch.setattr(exported, "FOLDERS", folders)
    return folders


def test_a_released_codec_is_loaded_by_its_name(folders):
    assert exported.find("tiny") == folders[1] / "tiny"
    by_name, by_path = Codec.load("tiny"), Codec.load(folders[1] / "tiny")
    given = images(3, size=28)
    assert by_name.compress(given) == by_path.compress(given)


def test_the_names_come_from_all_folders(folders):
    assert exported.names() == ["small", "tiny"]


def test_the_package_comes_before_the_checkout(folders):
    (folders[1] / "small").mkdir()
    assert exported.find("small") == folders[0] / "small"


def test_a_path_never_means_a_released_codec(folders, tmp_path):
    for path in ("./tiny", tmp_path / "tiny", "other", "tiny/tiny"):
        with pytest.raises(InputError, match="is not an exported codec"):
            Codec.load(path)


def test_a_file_among_the_codecs_is_not_a_codec(folders):
    (folders[0] / "README.md").touch()
    assert "README.md" not in exported.names()
    with pytest.raises(InputError, match="is not an exported codec"):
        Codec.load("README.md")


def test_without_a_released_codec_there_are_no_names(tmp_path, monkeypatch):
    monkeypatch.setattr(exported, "FOLDERS", (tmp_path / "absent",))
    assert exported.names() == []
