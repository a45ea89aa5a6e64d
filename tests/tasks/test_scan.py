"""scan and ingest: DVC records exactly the files that were read."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from image_compressor.data import raw
from image_compressor.ingest import listing
from tasks import ingest, scan
from tasks.source import TABLE
from tests.ingest.bad_files import noise

NONE = {"dataset": None, "feature": None, "labels": None, "limit": None, "store": None}


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A directory with ten images in photos; a test may turn it into a checkout."""
    (tmp_path / "here/photos").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "here")
    for number in range(10):
        noise(number).save(f"photos/{number}.png")
    return tmp_path / "here"


def look(path="photos"):
    scan.run(source="directory", path=path, dataset=None)
    return TABLE.read_bytes()


def take(path="photos"):
    ingest.run(
        source="directory", path=path, **NONE, max_rejected=0.5, max_pixels=10**6, scheduler=None
    )
    return [row["name"] for row in raw.Manifest(raw_place())]


def raw_place():
    return TABLE.parent / "raw"


def rejected():
    with (raw_place() / raw.REJECTED).open() as file:
        return dict(line.strip().split(",", 1) for line in file)


def test_what_did_not_change_leaves_the_listing_as_it_was(here):
    listed = look()
    assert len(take()) == 10
    assert TABLE.read_bytes() == listed == look()


def test_what_changes_after_the_scan_is_rejected_and_the_next_time_read(here):
    listed = look()
    whole = (here / "photos/3.png").read_bytes()
    noise(99).save(here / "photos/2.png")
    (here / "photos/3.png").write_bytes(whole[:99])
    (here / "photos/4.png").rename(here / "4.png")
    noise(98).save(here / "photos/new.png")
    assert len(take()) == 7
    told = rejected()
    assert [told[f"{n}.png"][:8] for n in (2, 3, 4)] == ["changed:"] * 3
    # Even if the next scan finds everything unchanged.
    (here / "photos/3.png").write_bytes(whole)
    (here / "4.png").rename(here / "photos/4.png")
    (here / "photos/new.png").unlink()
    noise(2).save(here / "photos/2.png")
    recorded = TABLE.read_bytes()
    assert look() == listed != recorded
    assert len(take()) == 10


def test_what_could_not_be_read_when_it_was_listed_stays_out(here):
    (here / "photos/later.png").symlink_to(here / "later.png")
    look()
    noise(77).save(here / "later.png")
    assert len(take()) == 10
    assert rejected()["later.png"] == "unreadable: No such file or directory"
    look()
    assert len(take()) == 11


def test_a_stack_that_changes_while_it_is_read_is_read_again(here, monkeypatch):
    import numpy as np

    np.save("stack.npy", np.random.default_rng(0).integers(0, 256, (9, 16, 16), np.uint8))
    options = {"source": "npy", "path": "stack.npy", "dataset": None}
    scan.run(**options)
    listed = TABLE.read_bytes()
    np.save("stack.npy", np.random.default_rng(1).integers(0, 256, (9, 16, 16), np.uint8))
    ingest.run(**{**NONE, **options}, max_rejected=0, max_pixels=999, scheduler=None)
    recorded = TABLE.read_bytes()
    scan.run(**options)
    assert len({listed, recorded, TABLE.read_bytes()}) == 3


def test_a_source_of_a_package_is_its_version(here):
    scan.run(source="digits", path=None, dataset=None)
    (row,) = listing.read(TABLE)
    assert row.name == "digits" and row.digest


def test_of_the_data_sets_in_a_directory_one_is_listed(here):
    for name in ("mnist/3.0.1/a.tfrecord", "cifar10/3.0.2/b.tfrecord"):
        (here / "photos" / name).parent.mkdir(parents=True)
        (here / "photos" / name).write_text(name)
    scan.run(source="tfds", path="photos", dataset="mnist:3.0.1")
    assert [row.name for row in listing.read(TABLE)] == ["mnist:3.0.1", "3.0.1/a.tfrecord"]
    scan.run(source="tfds", path="photos", dataset="absent")
    assert [row.name for row in listing.read(TABLE)] == ["absent"]


def test_a_path_that_is_not_here_is_a_line_and_no_listing(here, caplog):
    scan.run(source="directory", path="elsewhere", dataset=None)
    assert "elsewhere does not exist, and DVC does not track it" in caplog.text
    assert not TABLE.exists()


@pytest.mark.slow
def test_a_clone_lists_what_dvc_tracks_without_it_and_ingest_brings_it(here, monkeypatch):
    def dvc(*arguments):
        subprocess.run([sys.executable, "-m", "dvc", *arguments], check=True)

    (here / "photos/.hidden").mkdir()
    (here / "photos/.hidden/a.png").write_text("a")
    (here / "photos/a").mkdir()
    shutil.copy("photos/9.png", "photos/a/b.png")
    subprocess.run(["git", "init", "--quiet"], check=True)
    dvc("init", "--quiet")
    dvc("remote", "add", "--quiet", "--default", "storage", str(here.parent / "storage"))
    dvc("add", "--quiet", "photos")
    dvc("push", "--quiet")
    listed = look()
    shutil.copytree(
        ".", here.parent / "clone", ignore=shutil.ignore_patterns("photos", "cache", "tmp")
    )
    monkeypatch.chdir(here.parent / "clone")
    assert look() == listed
    assert not any(Path(path).exists() for path in ("photos", ".dvc/cache"))
    assert len(take()) == 10
    assert TABLE.read_bytes() == listed
