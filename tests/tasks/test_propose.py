"""propose writes params.yaml and says why, and what will come."""

import shutil
import subprocess
import sys

import numpy as np
import pytest
import yaml
from PIL import Image

from image_compressor import InputError
from image_compressor.images import image_files
from image_compressor.proposal.recipe import Choice
from tasks.parameters import check
from tasks.propose import _write
from tests.conftest import ROOT
from tests.project import GIT


@pytest.fixture
def here(tmp_path):
    """A directory with a params.yaml in git, the architectures, and the 200 digits beside it."""
    project = tmp_path / "project"
    shutil.copytree(ROOT / "models", project / "models", ignore=lambda *_: ["exported", "trained"])
    shutil.copy(ROOT / "params.yaml", project)
    for command in (("init", "-q"), ("add", "params.yaml"), ("commit", "-qm", "start")):
        subprocess.run([*GIT, *command], cwd=project, check=True)
    return project


def propose(here, *arguments):
    command = [sys.executable, "-m", "tasks.propose", *map(str, arguments)]
    return subprocess.run(command, cwd=here, env=None, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_a_proposal_has_reasons_and_a_forecast(here, digits, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (tmp_path / "pictures").mkdir()
    for number, digit in enumerate(digits):
        image_files.write(tmp_path / f"pictures/{number}.png", digit)
    with (here / "params.yaml").open("a") as file:
        file.write("# mine\n")
    done = propose(here, "../pictures", "--time", "30s")
    assert done.returncode == 0, done.stderr
    for said in (
        "200 images of 28x28, grey",
        "as models/digits-best.json",
        "epochs of",
        "webp",
        "no forecast",
        "TIME=",
    ):
        assert said in done.stdout
    written = (here / "params.yaml").read_text()
    params = yaml.safe_load(written)
    assert params["ingest"]["path"] == "../pictures" and params["train"]["epochs"] > 1
    assert "# nothing is cut off or scaled" in written
    assert "labels: null # or a list" in written and "\n\nreport:\n" in written
    assert "formats: [] # only" in written and "rate_weights: [0.03, 1.5]" in written
    assert "# One section per stage" in written, "other comments stay"
    monkeypatch.chdir(here)
    check(params)
    assert "Kept     your changes" in done.stdout
    assert "mine" in (here / "params.before-1.yaml").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere"], "Expected a directory of images. Received: nowhere"),
        (["empty"], "no files"),
        (["few"], "at least 30 usable images"),
        (["few", "--time", "soon"], "expected a time such as 20m"),
    ],
)
def test_a_wrong_folder_or_time_is_one_line_and_changes_nothing(here, monkeypatch, arguments, said):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    for name in ("empty", "few"):
        (here / name).mkdir()
    Image.fromarray(np.zeros((20, 20), np.uint8)).save(here / "few/a.png")
    before = (here / "params.yaml").read_bytes()
    done = propose(here, *arguments)
    assert done.returncode and said in done.stderr and "Traceback" not in done.stderr
    assert (here / "params.yaml").read_bytes() == before
    assert not (here / "models/own.json").exists()


@pytest.mark.parametrize("content", ["a: [", "ingest: 3", "", "{}"])
def test_a_params_file_of_another_form_is_one_line_and_stays(here, monkeypatch, content):
    monkeypatch.chdir(here)
    (here / "params.yaml").write_text(content)
    with pytest.raises(InputError, match=r"the sections train in params\.yaml"):
        _write({"train": {"epochs": Choice(3)}})
    assert (here / "params.yaml").read_text() == content


def test_no_copy_of_changes_replaces_another(here, monkeypatch):
    monkeypatch.chdir(here)
    for number in (1, 2):
        with (here / "params.yaml").open("a") as file:
            file.write(f"# change {number}\n")
        assert _write({"train": {"epochs": Choice(number)}}).name == f"params.before-{number}.yaml"
    assert "# change 2" not in (here / "params.before-1.yaml").read_text()
