import pytest

from image_compressor import InputError, files


@pytest.fixture
def old(tmp_path):
    """A directory with a file, alone in another."""
    path = tmp_path / "place/old"
    path.mkdir(parents=True)
    (path / "file").write_text("old")
    return path


def is_as_before(old):
    return [path.name for path in old.parent.iterdir()] == ["old"] and (
        (old / "file").read_text() == "old"
    )


def test_a_directory_is_replaced_whole(old):
    with files.replace_directory(old) as scratch:
        (scratch / "new").touch()
        assert is_as_before(old) or scratch.parent == old.parent
    assert [path.name for path in old.iterdir()] == ["new"]
    assert [path.name for path in old.parent.iterdir()] == ["old"]


def test_an_error_while_writing_leaves_the_old_directory(old):
    with pytest.raises(KeyError), files.replace_directory(old) as scratch:
        (scratch / "new").touch()
        raise KeyError
    assert is_as_before(old)


def test_an_error_while_moving_brings_the_old_directory_back(old):
    with pytest.raises(OSError), files.replace_directory(old) as scratch:
        scratch.rmdir()
    assert is_as_before(old)


def test_a_file_in_the_place_of_a_directory_stays(old):
    with pytest.raises(InputError), files.replace_directory(old / "file"):
        pass
    assert is_as_before(old)


def test_a_file_is_written_whole_or_not_at_all(old):
    with pytest.raises(InputError, match="--force"):
        files.write(old / "file", b"new")
    with pytest.raises(TypeError):
        files.write(old / "file", "no bytes", force=True)
    assert is_as_before(old)
    files.write(old / "file", b"new", force=True)
    assert (old / "file").read_text() == "new"
