import os

import pytest

from image_compressor import InputError
from image_compressor.images import finding, formats
from image_compressor.images.finding import Entry, find, folder_of, told_apart, walk
from tests.ingest import bad_files


@pytest.fixture
def place(tmp_path):
    """Two images, one of which has no ending, and what lies beside them."""
    (tmp_path / "b").mkdir()
    bad_files.noise(0).save(tmp_path / "b/10.png")
    (tmp_path / "b/2").write_bytes(bad_files.file(bad_files.noise(1), "JPEG"))
    return tmp_path


def test_what_is_not_meant_as_an_image_is_passed_over_and_counted(place):
    counts = bad_files.write_beside(place)
    found = find(place)
    assert list(found.names.values()) == ["b/10.png", "b/2"]
    assert found.passed == counts
    assert found.note().startswith(f"passed over: {counts.total()} files")


def test_it_is_found_folder_by_folder_in_order(place):
    for name in ("a.png", "b.png", "b/1.png", "c/d/e.png"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).touch()
    paths = ["a.png", "b/1.png", "b/10.png", "b/2", "b.png", "c/d/e.png"]
    assert [entry.path for entry in walk(folder_of(place))] == paths


def test_what_cannot_be_read_is_listed_for_its_reader_to_name(place, monkeypatch):
    (place / "link").symlink_to("b")
    (place / "gone.png").symlink_to("nowhere")
    (place / "loop").symlink_to("loop")
    (place / "gone.txt").symlink_to("nowhere")
    (place / "a.png").mkdir()
    (place / "a.png/x.png").touch()
    listed = ["a.png/x.png", "b/10.png", "b/2", "gone.png", "link", "loop"]
    assert [*find(place).names] == listed
    scandir = os.scandir

    def locked(path):
        if str(path).endswith("/b"):
            raise PermissionError
        return scandir(path)

    monkeypatch.setattr(os, "scandir", locked)
    assert "b" in find(place).names


def test_folders_may_be_nested_deeper_than_python_calls():
    def folder(path):
        return [Entry(f"{path}d/", is_folder=len(path) < 5000)]

    assert [entry.path for entry in walk(folder)] == ["d/" * 2501]


def test_names_that_not_every_file_system_takes_are_mapped_and_told(place):
    for name in ("aux.png", "A.png", "a.png", os.fsdecode(b"caf\xe9.png")):
        (place / name).touch()
    found = find(place)
    assert found.names["aux_.png"] == "aux.png" and "caf%E9.png" in found.names
    assert [*found.names] == sorted(found.names)
    assert "renamed: 3 ('aux.png' -> aux_.png, 'a.png' -> a~2.png, " in found.note()


def test_a_directory_without_images_says_what_is_there(tmp_path):
    with pytest.raises(InputError, match="no files"):
        find(tmp_path)
    (tmp_path / "a.json").touch()
    with pytest.raises(InputError, match=r"1 file that is not an image \(\.json 1\)"):
        find(tmp_path)
    with pytest.raises(FileNotFoundError):
        find(tmp_path / "none")


def test_files_in_object_storage_are_told_apart_by_the_bytes_of_those_that_need_it():
    asked = []
    png = bad_files.file(bad_files.noise(0), "PNG")
    contents = {"4f2c": png, "README": b"text", "gone": FileNotFoundError()}

    def starts(paths):
        asked.extend(paths)
        return [contents[path] for path in paths]

    sizes = {"a.png": 9, "4f2c": 9, "README": 4, "gone": 1, "a.txt": 1, "empty": 0, ".x/a.png": 1}
    there = [Entry(path, size=size) for path, size in sizes.items()]
    entries = {entry.path: entry.passed for entry in told_apart(there, starts)}
    assert asked == ["4f2c", "README", "gone"]
    assert [path for path, passed in entries.items() if not passed] == ["a.png", "4f2c", "gone"]
    assert entries["README"] == entries["empty"] == formats.OTHER
    assert finding.found(told_apart(there, starts), "s3://a").passed[formats.HIDDEN] == 1
    folders = [Entry("b", is_folder=True), Entry(".git", is_folder=True)]
    assert told_apart(folders, starts) == [folders[0], Entry(".git", formats.HIDDEN)]
