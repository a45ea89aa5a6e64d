"""The pipeline's stages as run by DVC."""

import json
import subprocess
import sys

import numpy as np
import pytest
import yaml

from image_compressor import Codec
from image_compressor.evaluation import curves, measures, rivals
from tests.conftest import ROOT
from tests.project import GIT, STAGES


@pytest.mark.slow
def test_the_pipeline_ends_in_a_codec_that_measures_as_reported(project):
    codec = Codec.load(project.directory / "models/exported")
    card = json.loads((project.directory / "models/exported/card.json").read_text())
    assert card["metrics"] == measures.read(project.directory / "reports/evaluation/measures.json")
    params = yaml.safe_load((project.directory / "params.yaml").read_text())
    assert card["parameters"] == {stage: params[stage] for stage in STAGES if stage != "report"}
    images = np.zeros((3, 28, 28), np.uint8)
    assert codec.decompress(codec.compress(images)).shape == images.shape


@pytest.mark.slow
def test_the_codec_is_compared_with_every_rival_by_both_metrics(project):
    metrics = json.loads((project.directory / "reports/evaluation/measures.json").read_text())
    for metric in ("ssim", "psnr"):
        assert metrics[f"bd_rate_{metric}"].keys() == {*rivals.names()}
    tables = [project.directory / f"reports/rivals/{name}.csv" for name in rivals.names()]
    for table in [*tables, project.directory / "reports/evaluation/rates.csv"]:
        assert len(curves.read(table)) == 4


@pytest.mark.slow
def test_dvc_shows_metrics_and_plots(project):
    shown = json.loads(project.run("dvc", "metrics", "show", "--json"))[""]["data"]
    metrics = shown.pop("reports/evaluation/metrics.json")["data"]
    assert {*metrics} - {"bd_rate"} == {*measures.METRICS}  # DVC omits what is null
    assert shown == {}
    project.run("dvc", "plots", "show", "--out", "plots")
    shown = (project.directory / "plots/index.html").read_text()
    assert "SSIM over bytes per image" in shown
    assert all(f"rivals/{name}.csv" in shown for name in rivals.names())


@pytest.mark.slow
def test_nothing_runs_again(project):
    assert project.repro() == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("section", "values", "stages"),
    [
        ("evaluate", {"grid_images": 4}, {"evaluate", "export"}),
        ("report", {"images": 4}, {"report"}),
        ("train", {"epochs": 3}, {"train", "export"}),
    ],
)
def test_a_parameter_reruns_only_the_stages_that_read_it(project, section, values, stages):
    before = (project.directory / "params.yaml").read_text()
    project.change(section, **values)
    status = json.loads(project.run("dvc", "status", "--json"))
    assert {*status} - {"scan"} == stages
    (project.directory / "params.yaml").write_text(before)


@pytest.mark.parametrize("stage", STAGES)
def test_a_script_runs_its_stage(stage):
    script, module = [f"tasks/{stage}.sh"], [sys.executable, "-m", f"tasks.{stage}"]
    said = [
        subprocess.run([*command, "--help"], cwd=ROOT, capture_output=True, text=True, check=True)
        for command in (script, module)
    ]
    assert said[0].stdout == said[1].stdout


@pytest.mark.slow
@pytest.mark.torture
def test_the_scripts_run_the_stages_again_from_scratch_to_the_same_bytes(project):
    before = project.results()
    project.run(*GIT, "commit", "--quiet", "--allow-empty", "-m", "no output names the commit")
    for stage in STAGES:
        project.run(f"tasks/{stage}.sh")
    now = project.results()
    assert now.keys() == before.keys()
    assert [name for name in now if now[name] != before[name]] == []
    assert project.repro() == []


@pytest.mark.slow
def test_a_wrong_parameter_is_one_line(project):
    project.change("ingest", limit=-1)
    printed = project.run("dvc", "repro", "ingest", fails=True)
    assert "scan: ingest.limit in params.yaml is -1" in printed  # it runs first and checks all
    assert "Traceback" not in printed
    project.change("ingest", limit=200)
    assert project.repro() == []
