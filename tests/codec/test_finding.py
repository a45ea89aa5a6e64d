"""Finding the codec that wrote a file."""

import io
import os

import numpy as np
import pytest

from image_compressor import Codec, InputError, WrongCodecError
from image_compressor.codec import exported, finding, store
from image_compressor.codec.file.reader import Reader

BLANK = np.zeros((2, 28, 28), np.uint8)


@pytest.fixture(autouse=True)
def own_store(tmp_path, monkeypatch):
    """An empty store of the test's own, in another current directory."""
    monkeypatch.setenv(store.VARIABLE, str(tmp_path / "store"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    finding.find.cache_clear()


def other(name="digits"):
    """The files of a codec like a released one, with another id."""
    files = dict(exported.read_whole(exported.find(name)))
    return {part: files[part] for part in exported.NEEDED[:1]} | {
        exported.DECODER: files[exported.DECODER] + b"\0",
        exported.ENCODER: files[exported.ENCODER],
    }


def written(files, directory):
    directory.mkdir(parents=True)
    for name, content in files.items():
        (directory / name).write_bytes(content)
    return directory


def test_a_released_codec_is_found_by_its_id():
    assert finding.find(Codec.load("photo").identity).any_size


@pytest.mark.parametrize("where", ["models/exported", "store", "named"])
def test_a_codec_of_ones_own_is_found(where, tmp_path):
    files, others = other(), ()
    if where == "store":
        store.add(files)
    elif where == "named":
        others = (written(files, tmp_path / "mine"),)
    else:
        written(files, tmp_path / "here" / where)
    identity = bytes.fromhex(exported.codec_id(files))[:4]
    assert finding.find(identity, b"", others).identity == identity


def test_the_usual_store_is_with_the_data_of_this_user(tmp_path, monkeypatch):
    monkeypatch.delenv(store.VARIABLE)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert store.directory() == tmp_path / "data" / "image-compressor" / "codecs"
    monkeypatch.setenv(store.VARIABLE, "")
    assert store.directory() is None


def test_one_that_is_nowhere_is_an_error_that_leads_to_it():
    files = other()
    identity = exported.codec_id(files)[:8]
    with pytest.raises(WrongCodecError, match=f"No codec {identity}.*fetch codec --id {identity}"):
        finding.find(bytes.fromhex(identity))


def test_one_in_the_file_is_the_last_that_is_tried(tmp_path):
    codec = Codec.load(written(other(), tmp_path / "mine"))
    reader = Reader(io.BytesIO(codec.compress(BLANK, embed=True)))
    found = finding.find(codec.identity, reader.embedded)
    assert (found.identity, found.files) == (codec.identity, None)
    finding.find.cache_clear()
    store.add(codec.files)
    assert finding.find(codec.identity, reader.embedded).files == codec.files


def test_one_in_the_file_that_is_not_the_files_is_not_used():
    reader = Reader(io.BytesIO(Codec.load("digits").compress(BLANK, embed=True)))
    with pytest.raises(WrongCodecError, match="No codec 01020304"):
        finding.find(b"\1\2\3\4", reader.embedded)


def test_an_entry_of_the_store_that_was_changed_is_not_used():
    files = other()
    entry = store.add(files)
    (entry / exported.DECODER).write_bytes(b"other")
    with pytest.raises(WrongCodecError):
        finding.find(bytes.fromhex(entry.name)[:4])


def test_the_store_lists_the_codec_used_last_first():
    first, second = store.add(other("digits")), store.add(other("photo"))
    os.utime(first, (1, 1))
    assert list(store.entries()) == [second, first]
    store.add(other("digits"))
    assert list(store.entries()) == [first, second]
    os.utime(second, (1, 1))
    assert finding.find_directory(bytes.fromhex(second.name)[:4]) == second
    assert list(store.entries()) == [second, first]
    assert store.one(first.name[:9]) == first
    for prefix in ("", "0" * 8):
        with pytest.raises(InputError, match="codecs list"):
            store.one(prefix)


def test_without_a_store_nothing_is_kept(monkeypatch):
    monkeypatch.setenv(store.VARIABLE, "")
    assert store.add(other()) is None
    assert (store.keep(other()), list(store.entries())) == ("", [])


def test_a_store_that_cannot_be_written_is_a_warning(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv(store.VARIABLE, str(tmp_path / "file/store"))
    assert store.keep(other()).startswith("warning: the codec is not kept in")
