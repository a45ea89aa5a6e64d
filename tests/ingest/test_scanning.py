import os
import shutil
from collections import Counter

import pytest

from image_compressor.images.safe_names import readable
from image_compressor.ingest import known, scanning
from image_compressor.ingest.known import Known
from image_compressor.ingest.sources import directory


@pytest.fixture
def read(tmp_path, monkeypatch):
    """A function that scans tmp_path/in and returns the names of the files that it read."""
    names, md5 = [], scanning.md5

    def counted(path):
        names.append(path.name)
        return md5(path)

    def scan():
        names.clear()
        scan.passed = Counter()
        with Known(tmp_path / "known.sqlite") as before:
            scan.rows = [*scanning.on_disk(tmp_path / "in", before, scan.passed)]
        return sorted(names)

    monkeypatch.setattr(scanning, "md5", counted)
    (tmp_path / "in").mkdir()
    return scan


@pytest.fixture
def settled(monkeypatch):
    """Makes files count as unchanged for a long time."""
    monkeypatch.setattr(known, "SETTLED", -60.0)


def test_whatever_lies_there_is_an_entry_in_the_order_of_the_source(read, tmp_path):
    place = tmp_path / "in"
    for name in ("b/2.png", "b/10.png", "a.png", ".hidden/c.png"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text("same")
    (place / os.fsdecode(b"caf\xe9.png")).write_text("same")
    os.mkfifo(place / "pipe")
    for name, target in {"broken": "nowhere", "folder": "b", "loop": "loop"}.items():
        (place / name).symlink_to(target)
    read()
    digests = {row.digest for row in read.rows if not row.reason}
    assert len(digests) == 1
    assert {row.name: row.reason for row in read.rows if row.reason} == {
        "broken": "unreadable: No such file or directory",
        "folder": "not a file: a link to a folder",
        "loop": "unreadable: Too many levels of symbolic links",
    }
    assert read.passed == {"hidden": 1, "pipes, sockets and devices": 1}
    given = [readable(row.name) for row in read.rows]
    assert given == [image.name for image in directory.images(place)]
    shutil.copy(place / "a.png", tmp_path / "a.png")
    with Known(tmp_path / "known.sqlite") as before:
        assert [row.name for row in scanning.on_disk(tmp_path / "a.png", before)] == ["a.png"]


def test_what_was_read_is_not_read_again(read, settled, tmp_path):
    for name in ("a.png", "b.png"):
        (tmp_path / "in" / name).write_text(name)
    assert read() == ["a.png", "b.png"]
    before = read.rows
    assert read() == []
    assert read.rows == before


def test_another_content_of_the_same_size_and_time_is_seen(read, settled, tmp_path):
    file = tmp_path / "in/a.png"
    file.write_text("one")
    status = file.stat()
    assert read() == ["a.png"]
    before = read.rows
    file.write_text("two")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert read() == ["a.png"]
    assert read.rows != before


def test_a_file_that_has_just_changed_is_read_again(read, tmp_path):
    """Within one tick of the file system's clock, different contents can have the same status."""
    (tmp_path / "in/a.png").write_text("one")
    assert read() == read() == ["a.png"]


def test_a_damaged_memory_is_made_anew(read, settled, tmp_path):
    (tmp_path / "in/a.png").write_text("one")
    (tmp_path / "known.sqlite").write_bytes(b"no data base, and longer than its header" * 99)
    assert read() == ["a.png"]
    assert (read(), read()) == (["a.png"], [])
