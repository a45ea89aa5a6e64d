"""train, as a stage."""

import sys

import pytest
import yaml

from image_compressor.errors import InputError
from tasks import train
from tests.conftest import ROOT


def test_tensorboard_that_is_not_installed_is_asked_for_before_training(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    params = yaml.safe_load((ROOT / "params.yaml").read_text())["train"]
    with pytest.raises(InputError, match="pip install tensorboard"):
        train.run(tmp_path / "none", tmp_path / "trained", **{**params, "tensorboard": True})
