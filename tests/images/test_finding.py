import os

import pytest

from image_compressor import InputError
from image_compressor.images import finding, formats
from image_compressor.images.finding import Entry, classified, find, folder_of, walk
from tests.ingest import bad_files


@pytest.fixture
def folder(tmp_path):
    """A directory with two images, one of them without a suffix."""
    (tmp_path / "b").mkdir()
    bad_files.noise(0).save(tmp_path / "b/10.png")
    (tmp_path / "b/2").write_bytes(bad_files.file(bad_files.noise(1), "JPEG"))
    return tmp_path


def test_other_files_are_skipped_and_counted(folder):
    counts = bad_files.write_beside(folder)
    found = find(folder)
    assert list(found.names.values()) == ["b/10.png", "b/2"]
    assert found.passed == counts
    assert found.note().startswith(f"skipped: {counts.total()} files")


def test_images_are_found_folder_by_folder_in_order(folder):
    for name in ("a.png", "b.png", "b/1.png", "c/d/e.png"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    paths = ["a.png", "b/1.png", "b/10.png", "b/2", "b.png", "c/d/e.png"]
    assert [entry.path for entry in walk(folder_of(folder))] == paths


def test_unreadable_files_and_folders_are_listed_too(folder, monkeypatch):
    (folder / "link").symlink_to("b")
    (folder / "gone.png").symlink_to("nowhere")
    (folder / "loop").symlink_to("loop")
    (folder / "gone.txt").symlink_to("nowhere")
    (folder / "a.png").mkdir()
    (folder / "a.png/x.png").touch()
    listed = ["a.png/x.png", "b/10.png", "b/2", "gone.png", "link", "loop"]
    assert [*find(folder).names] == listed
    scandir = os.scandir

    def locked(path):
        if str(path).endswith("/b"):
            raise PermissionError
        return scandir(path)

    monkeypatch.setattr(os, "scandir", locked)
    assert "b" in find(folder).names


def test_folders_may_be_nested_deeper_than_python_calls():
    def folder(path):
        return [Entry(f"{path}d/", is_folder=len(path) < 5000)]

    assert [entry.path for entry in walk(folder)] == ["d/" * 2501]


def test_unsafe_names_are_changed_and_reported(folder):
    for name in ("aux.png", "A.png", "a.png", os.fsdecode(b"caf\xe9.png")):
        (folder / name).touch()
    found = find(folder)
    assert found.names["aux_.png"] == "aux.png" and "caf%E9.png" in found.names
    assert [*found.names] == sorted(found.names)
    assert "renamed: 3 ('aux.png' -> aux_.png, 'a.png' -> a~2.png, " in found.note()


def test_the_error_for_a_directory_without_images_counts_its_files(tmp_path):
    with pytest.raises(InputError, match="no files"):
        find(tmp_path)
    (tmp_path / "a.json").touch()
    with pytest.raises(InputError, match=r"1 file that is not an image \(\.json 1\)"):
        find(tmp_path)
    with pytest.raises(FileNotFoundError):
        find(tmp_path / "none")


def test_object_storage_is_read_only_for_names_that_do_not_decide():
    asked = []
    png = bad_files.file(bad_files.noise(0), "PNG")
    contents = {"4f2c": png, "README": b"text", "gone": FileNotFoundError()}

    def starts(paths):
        asked.extend(paths)
        return [contents[path] for path in paths]

    sizes = {"a.png": 9, "4f2c": 9, "README": 4, "gone": 1, "a.txt": 1, "empty": 0, ".x/a.png": 1}
    there = [Entry(path, size=size) for path, size in sizes.items()]
    entries = {entry.path: entry.passed for entry in classified(there, starts)}
    assert asked == ["4f2c", "README", "gone"]
    assert [path for path, passed in entries.items() if not passed] == ["a.png", "4f2c", "gone"]
    assert entries["README"] == entries["empty"] == formats.OTHER
    assert finding.found(classified(there, starts), "s3://a").passed[formats.HIDDEN] == 1
    folders = [Entry("b", is_folder=True), Entry(".git", is_folder=True)]
    assert classified(folders, starts) == [folders[0], Entry(".git", formats.HIDDEN)]
