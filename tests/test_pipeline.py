"""The five stages in DVC."""

import json

import numpy as np
import pytest
import yaml

from image_compressor import Codec
from tests.project import STAGES


@pytest.mark.slow
def test_the_pipeline_ends_in_a_codec_that_measures_as_reported(project):
    codec = Codec.load(project.directory / "models/exported")
    card = json.loads((project.directory / "models/exported/card.json").read_text())
    metrics = json.loads((project.directory / "reports/evaluation/metrics.json").read_text())
    assert card["metrics"] == metrics
    assert card["parameters"] == yaml.safe_load((project.directory / "params.yaml").read_text())
    images = np.zeros((3, 28, 28), np.uint8)
    assert codec.decompress(codec.compress(images)).shape == images.shape


@pytest.mark.slow
def test_dvc_shows_metrics_and_plots(project):
    metrics = json.loads(project.run("dvc", "metrics", "show", "--json"))[""]["data"]
    assert metrics.keys() == {"reports/evaluation/metrics.json", "reports/training/metrics.json"}
    project.run("dvc", "plots", "show", "--out", "plots")
    assert "ssim" in (project.directory / "plots/index.html").read_text()


@pytest.mark.slow
def test_nothing_runs_again(project):
    assert project.repro() == []


@pytest.mark.slow
def test_evaluates_parameters_run_only_evaluate_and_export(project):
    project.change("evaluate", grid_images=4)
    assert project.repro() == ["evaluate", "export"]


@pytest.mark.slow
def test_the_scripts_run_the_stages_again_from_scratch_to_the_same_bytes(project):
    before = project.results()
    for stage in STAGES:
        project.run(f"tasks/{stage}.sh")
    assert project.results() == before
    assert project.repro() == []


@pytest.mark.slow
def test_a_wrong_parameter_is_one_line(project):
    project.change("ingest", limit=-1)
    printed = project.run("dvc", "repro", "ingest", fails=True)
    assert "ingest: Expected ingest.limit" in printed
    assert "Traceback" not in printed
    project.change("ingest", limit=200)
    assert project.repro() == []
