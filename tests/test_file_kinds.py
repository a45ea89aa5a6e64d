"""Outputs and inputs that are not regular files: pipes, devices and links."""

import os
import stat
import threading

import pytest

from image_compressor import InputError, files


def write(path, content=b"new", force=True):
    with files.replace_file(path, force) as file:
        file.write(content)


@pytest.fixture
def old(tmp_path):
    """A file that another group may read, and a link to it."""
    path = tmp_path / "elsewhere/old"
    path.parent.mkdir()
    path.write_bytes(b"old")
    path.chmod(0o640)
    (tmp_path / "link").symlink_to("elsewhere/old")
    return path


def test_a_link_stays_and_the_file_that_it_names_is_replaced(old, tmp_path):
    with pytest.raises(InputError, match="--force"):
        write(tmp_path / "link", force=False)
    write(tmp_path / "link")
    assert (tmp_path / "link").is_symlink() and old.read_bytes() == b"new"
    assert [path.name for path in old.parent.iterdir()] == ["old"]


def test_a_dangling_link_makes_the_file_and_a_link_to_itself_is_refused(tmp_path):
    (tmp_path / "link").symlink_to("new")
    write(tmp_path / "link")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "new").read_bytes() == b"new"
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(InputError, match="leads to itself"):
        write(tmp_path / "loop")
    assert (tmp_path / "loop").is_symlink()


def test_mode_and_owner_stay(old, monkeypatch):
    owners = []
    monkeypatch.setattr(os, "chown", lambda path, *owner: owners.append(owner))
    write(old)
    assert stat.S_IMODE(old.stat().st_mode) == 0o640
    assert owners == [(-1, old.stat().st_gid), (old.stat().st_uid, -1)]

    def refused(*_):
        raise PermissionError

    monkeypatch.setattr(os, "chown", refused)
    write(old, b"again")
    assert old.read_bytes() == b"again"


def test_a_new_file_has_the_mode_of_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        write(tmp_path / "new")
        with files.replace_directory(tmp_path / "directory"):
            pass
    finally:
        os.umask(before)
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("new", "directory")]
    assert modes == [0o640, 0o750]


def test_other_hard_links_keep_the_old_content(old, tmp_path):
    (tmp_path / "other").hardlink_to(old)
    write(old)
    assert (tmp_path / "other").read_bytes() == b"old"


def test_a_read_only_file_is_not_replaced(old, tmp_path):
    old.chmod(0o444)
    for path in (old, tmp_path / "link"):
        with pytest.raises(InputError, match="is read-only"):
            write(path)
    assert old.read_bytes() == b"old"


@pytest.mark.parametrize("force", [False, True])
def test_a_pipe_receives_the_whole_file_or_nothing(tmp_path, force):
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    write(pipe, b"new" * 99999, force)
    reader.join(10)
    assert read == [b"new" * 99999] and pipe.is_fifo()
    with pytest.raises(KeyError), files.replace_file(pipe) as file:
        file.write(b"never sent")
        raise KeyError


def test_a_device_is_written_to_and_stays(tmp_path):
    (tmp_path / "null").symlink_to("/dev/null")
    for path in (tmp_path / "null", files.Path("/dev/null")):
        write(path, force=False)
        assert path.is_char_device()
    assert [path.name for path in tmp_path.iterdir()] == ["null"]


def test_an_open_file_is_appended_to(tmp_path):
    """The shell's `-o /dev/stdout >> FILE` appends."""
    path = tmp_path / "log"
    path.write_bytes(b"old")
    with path.open("ab") as file:
        write(files.Path(f"/dev/fd/{file.fileno()}"), force=False)
    assert path.read_bytes() == b"oldnew"


def test_files_are_added_to_a_directory_through_links(old, tmp_path):
    directory = tmp_path / "directory"
    directory.mkdir()
    (tmp_path / "to-directory").symlink_to(directory)
    (directory / "null").symlink_to("/dev/null")
    (directory / "link").symlink_to(old)
    with files.add_to_directory(tmp_path / "to-directory") as scratch:
        for name in ("null", "link", "new"):
            (scratch / name).write_bytes(b"new")
    assert (directory / "null").is_char_device() and (directory / "link").is_symlink()
    assert old.read_bytes() == (directory / "new").read_bytes() == b"new"
    assert stat.S_IMODE(old.stat().st_mode) == 0o640


def test_a_link_to_a_directory_stays_and_the_directory_keeps_its_mode(tmp_path):
    (tmp_path / "directory").mkdir(mode=0o750)
    (tmp_path / "link").symlink_to("directory")
    with files.replace_directory(tmp_path / "link") as scratch:
        (scratch / "new").touch()
    assert (tmp_path / "link").is_symlink() and (tmp_path / "directory/new").exists()
    assert stat.S_IMODE((tmp_path / "directory").stat().st_mode) == 0o750


@pytest.mark.parametrize("link", ["symlink_to", "hardlink_to"])
def test_an_input_cannot_be_the_output_even_through_a_link(old, tmp_path, link):
    getattr(tmp_path / "same", link)(old)
    with pytest.raises(InputError, match="is also an input"):
        files.check_apart(tmp_path / "same", [tmp_path / "none", old])
    files.check_apart(tmp_path / "none", [old])
    files.check_apart(files.Path("/dev/null"), [files.Path("/dev/null")])
