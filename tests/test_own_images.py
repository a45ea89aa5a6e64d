"""The pipeline on one's own images, changed only in params.yaml, and how DVC tracks them."""

import csv
import json
import os
import shutil
from pathlib import Path

import pytest

from image_compressor import Codec
from image_compressor.images import decoding
from tasks import evaluate, export, report, rivals, train
from tests.ingest.bad_files import noise
from tests.photographs import config
from tests.project import Project


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """A project on a directory of 30 colour images of several sizes, beside it; preprocessed."""
    project = Project(tmp_path_factory.mktemp("photos") / "project")
    images = project.directory.parent / "images"
    for number in range(30):
        (images / str(number % 3)).mkdir(parents=True, exist_ok=True)
        noise(number, (20 + number, 30)).save(images / f"{number % 3}/{number}.png")
    project.change("ingest", source="directory", path="../images", limit=None, max_rejected=0.2)
    project.change("preprocess", channels=3, test=0.2)
    tiny = {"architecture": "models/tiny.json", "latent_dims": 6, "classes": 1, "crop": 24}
    (project.directory / "models/tiny.json").write_text(json.dumps({"model": config()}))
    project.change("train", **tiny, batch_size=8)
    project.change("export", formats=[])
    assert project.repro("preprocess") == ["ingest", "preprocess"]
    return project, images


def members(project):
    """{name: SHA-256 of its pixels' file} of data/raw."""
    with (project.directory / "data/raw/manifest.csv").open() as file:
        return {row["name"]: row["sha256"] for row in csv.DictReader(file)}


@pytest.mark.slow
def test_they_keep_their_sizes_and_train_a_codec_for_any_size(photos, monkeypatch):
    project, images = photos
    facts = json.loads((project.directory / "data/prepared/facts.json").read_text())
    assert facts["shape"] == [None, None, 3]
    assert sum(facts["splits"][split]["count"] for split in facts["splits"]) == 30
    monkeypatch.chdir(project.directory)
    monkeypatch.setattr("sys.argv", ["python"])
    # In this process, because five would each import TensorFlow.
    for stage in (rivals, train, evaluate, export, report):
        stage.main(stage.run, stage.__name__.removeprefix("tasks."))
    codec = Codec.load(project.directory / "models/exported")
    pictures = [decoding.read(path) for path in sorted(images.glob("*/*.png"))]
    back = codec.decompress(codec.compress(pictures))
    assert [image.shape for image in back] == [image.shape for image in pictures]
    assert "different sizes" in (project.directory / "reports/report.html").read_text()


@pytest.mark.slow
def test_adding_changing_or_removing_a_file_reruns_exactly_the_stages_that_read_it(photos):
    project, images = photos
    before = members(project)
    assert project.repro("preprocess") == []
    noise(99, (40, 40)).save(images / "0/99.png")
    assert project.repro("preprocess") == ["ingest", "preprocess"]
    assert before.items() < members(project).items()
    noise(98, (40, 40)).save(images / "0/99.png")
    assert project.repro("ingest") == ["ingest"]
    (images / "0/99.png").unlink()
    # DVC has cached the results for these images.
    assert project.repro("preprocess") == []
    assert members(project) == before


@pytest.mark.slow
def test_rejected_files_do_not_rerun_training(photos):
    project, images = photos
    assert project.repro("preprocess") == []
    shutil.copy(images / "2/29.png", images / "2/30.png")
    (images / "0/damaged.png").write_bytes((images / "0/0.png").read_bytes()[:99])
    assert project.repro("preprocess") == ["ingest"]
    # Unreadable files do not stop DVC either.
    (images / "0/broken.png").symlink_to("nowhere")
    Path(os.fsdecode(os.fsencode(images) + b"/caf\xe9.png")).write_text("no image")
    assert project.repro("preprocess") == ["ingest"]
    rejected = (project.directory / "data/raw/rejected.csv").read_text()
    assert all(name in rejected for name in ("2/30.png", "damaged.png", "broken.png", "caf%E9.png"))
    for name in ("0/broken.png", "0/damaged.png", os.fsdecode(b"caf\xe9.png"), "2/30.png"):
        (images / name).unlink()
    assert project.repro("preprocess") == []


@pytest.mark.slow
def test_changes_in_a_directory_tracked_by_dvc_rerun_ingest(photos):
    project, images = photos
    images.rename(project.directory / "photos")
    project.run("dvc", "add", "photos")
    project.change("ingest", path="photos")
    assert project.repro("preprocess") == ["ingest"], "preprocess has the same images"
    noise(97, (40, 40)).save(project.directory / "photos/new.png")
    assert project.repro("ingest") == ["ingest"]
