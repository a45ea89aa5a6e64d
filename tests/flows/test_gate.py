"""python -m flows.gate, in a directory with the outputs of the pipeline."""

import json
import os
import shutil
import subprocess
import sys

import pytest
import yaml

from flows import gate
from image_compressor import InputError
from image_compressor.data import records
from image_compressor.data.source import SourceImage
from tests.conftest import ROOT


@pytest.fixture
def outputs(exported, pictures, tmp_path, monkeypatch):
    images = [SourceImage(f"{number}.png", image) for number, image in enumerate(pictures)]
    records.write(images, tmp_path / "data/prepared", 0.2, 0.4, shard_bytes=50 * 784)
    shutil.copytree(exported, tmp_path / "models/exported")
    shutil.copy(ROOT / "params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_verdict_is_printed_and_written(outputs, exported):
    command = [sys.executable, "-m", "flows.gate", str(exported)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    printed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert printed.stdout == "Not better: It is the promoted codec: both have the same id.\n"
    verdict = json.loads((outputs / "reports/gate/verdict.json").read_text())
    assert (verdict["better"], verdict["undecided"]) == (False, False)
    assert printed.stdout.strip() in (outputs / "reports/gate/verdict.md").read_text()


def test_without_a_promoted_codec_the_new_one_is_better(outputs):
    assert gate.run(None).better


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda params: params.pop("retrain"), "points, bd_rate.* below retrain in params.yaml"),
        (lambda params: params["retrain"].update(bd_rates=1), "'bd_rates'"),
        (lambda params: params["retrain"].update(points=2), "points from 4 to 100"),
    ],
)
def test_wrong_thresholds_are_named(outputs, change, message):
    params = yaml.safe_load((outputs / "params.yaml").read_text())
    change(params)
    (outputs / "params.yaml").write_text(yaml.safe_dump(params))
    with pytest.raises(InputError, match=message) as error:
        gate.run(None)
    assert "\n" not in str(error.value)


def test_a_missing_test_split_is_named(outputs):
    shutil.rmtree(outputs / "data/prepared")
    with pytest.raises(InputError, match="dvc repro preprocess"):
        gate.run(None)
