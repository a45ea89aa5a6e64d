import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from image_compressor import InputError, files


@pytest.fixture
def old(tmp_path):
    """A directory with a file, the only entry of its parent."""
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


KILLED = """
import os, signal
from pathlib import Path
from image_compressor import files
with files.replace_directory(Path("old")) as scratch:
    (scratch / "new").touch()
    {}
    os.kill(os.getpid(), signal.SIGKILL)
"""
BETWEEN_RENAMES = "Path('old').rename(scratch.with_suffix('.old'))"


@pytest.mark.parametrize("moment", ["", BETWEEN_RENAMES])
def test_the_next_process_removes_what_a_killed_one_left(old, moment):
    subprocess.run([sys.executable, "-c", KILLED.format(moment)], cwd=old.parent, check=False)
    assert len(list(old.parent.iterdir())) == 2
    with pytest.raises(KeyError), files.replace_directory(old):
        raise KeyError
    assert is_as_before(old)


KILLED_IN_A_FILE = """
import os, signal
from pathlib import Path
from image_compressor import files
with files.replace_file(Path("file"), force=True) as file:
    file.write(b"new")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("noticed", [True, False])
def test_the_next_process_removes_a_file_that_a_killed_one_began(old, noticed):
    process = subprocess.Popen([sys.executable, "-c", KILLED_IN_A_FILE], cwd=old)
    # Until its parent notices, a process that has ended is still listed.
    os.waitid(os.P_PID, process.pid, os.WEXITED | (0 if noticed else os.WNOWAIT))
    assert len(list(old.iterdir())) == 2
    with pytest.raises(KeyError), files.replace_file(old / "file", force=True):
        raise KeyError
    process.poll()
    assert [path.name for path in old.iterdir()] == ["file"]
    assert is_as_before(old)


def write(kind, path, number):
    """Writes `path` as a file or as a directory of two equal files."""
    if kind == "file":
        with files.replace_file(path, force=True) as file:
            file.write(b"%9d" % number * 2)
    else:
        with files.replace_directory(path) as scratch:
            (scratch / "one").write_bytes(b"%9d" % number)
            (scratch / "two").write_bytes(b"%9d" % number)


def read(kind, path):
    if kind == "file":
        return path.read_bytes()
    directory = os.open(path, os.O_RDONLY)  # refers to the same directory after a replacement
    inside = partial(os.open, dir_fd=directory)
    try:
        with open("one", "rb", opener=inside) as one, open("two", "rb", opener=inside) as two:
            return one.read() + two.read()
    except FileNotFoundError:  # the directory was replaced and is being removed
        return b""
    finally:
        os.close(directory)


@pytest.mark.parametrize("kind", ["file", "directory"])
def test_a_reader_sees_one_whole_version_while_two_writers_replace_it(tmp_path, kind):
    path = tmp_path / "output"
    write(kind, path, 0)
    with ThreadPoolExecutor(3) as pool:
        writers = [pool.submit(lambda: [write(kind, path, n) for n in range(300)]) for _ in "ab"]
        while not all(writer.done() for writer in writers):
            seen = read(kind, path)
            assert seen[:9] == seen[9:]
        assert [writer.result() for writer in writers]
    assert [path.name for path in tmp_path.iterdir()] == ["output"]


def test_a_directory_does_not_replace_a_file(old):
    with pytest.raises(InputError), files.replace_directory(old / "file"):
        pass
    assert is_as_before(old)


def test_a_file_is_replaced_atomically_and_only_with_force(old):
    with pytest.raises(InputError, match="--force"), files.replace_file(old / "file"):
        pass
    with files.replace_file(old / "file", force=True) as file:
        file.write(b"new")
        assert (old / "file").read_text() == "old"
    assert (old / "file").read_text() == "new"
    assert [path.name for path in old.iterdir()] == ["file"]


def test_an_error_while_writing_leaves_the_old_file(old):
    with pytest.raises(KeyError), files.replace_file(old / "file", force=True) as file:
        file.write(b"new")
        raise KeyError
    assert is_as_before(old)
    assert [path.name for path in old.iterdir()] == ["file"]


def test_a_file_created_meanwhile_is_not_replaced(old):
    with pytest.raises(InputError, match="--force"), files.replace_file(old / "new") as file:
        file.write(b"new")
        (old / "new").write_text("of another")
    assert (old / "new").read_text() == "of another"
    assert len(list(old.iterdir())) == 2


def test_parent_directories_are_made(old):
    with files.replace_file(old / "a/b/file") as file:
        file.write(b"new")
    assert (old / "a/b/file").read_text() == "new"


@pytest.mark.parametrize("path", ["", "."])
def test_a_directory_is_refused_as_an_output_file(old, path):
    with pytest.raises(InputError, match="directory"), files.replace_file(old / path, force=True):
        pass
    assert is_as_before(old)


@pytest.fixture(params=["link", "file"])
def obstacle(request, old, tmp_path):
    """A path where a directory is needed: a link that leads outside, or a file."""
    path = old / "obstacle"
    path.symlink_to(tmp_path) if request.param == "link" else path.write_text("old")
    return path


def test_nothing_is_added_through_a_link_or_a_file(old, obstacle, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    refused = pytest.raises(InputError, match="obstacle is not a directory")
    with refused, files.add_to_directory(old) as scratch:
        (scratch / "obstacle/inner").mkdir(parents=True)
        (scratch / "obstacle/inner/file").touch()
        (scratch / "first").touch()
    assert sorted(tmp_path.rglob("*")) == before
