"""train as a stage."""

import json
import sys

import pytest
import yaml

from image_compressor.data import records
from image_compressor.data.source import SourceImage
from image_compressor.data.splits import SPLITS
from image_compressor.errors import InputError
from image_compressor.model import trained
from image_compressor.training import training
from tasks import train
from tests.conftest import ROOT
from tests.model.test_discriminator import tree
from tests.training.test_progress import Stop

PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text())["train"]


def test_tensorboard_that_is_not_installed_is_asked_for_before_training(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(InputError, match="pip install tensorboard"):
        train.run(tmp_path / "none", tmp_path / "trained", **{**PARAMS, "tensorboard": True})


@pytest.fixture
def run(tmp_path, pictures, monkeypatch):
    """Trains a small model, optionally with adversarial epochs; returns its weights and tables."""
    model = tmp_path / "model.json"
    model.write_text(json.dumps({"model": tree()}))
    images = (
        SourceImage(str(number), picture, "", split=SPLITS[max(0, number - 37)])
        for number, picture in enumerate(pictures)
    )
    records.write(images, tmp_path / "prepared", 0.1, 0.1, 10**6)
    few = {"latent_dims": 6, "classes": 1, "epochs": 1, "batch_size": 8, "averaging": 0.9}
    few |= {"adversarial_epochs": 3, "architecture": str(model)}

    def run(name, callback, **more):
        def watched(*arguments, **how):
            others = {"callbacks": [callback]} if "adversarial" in how else {}
            return original(*arguments, **how, **others)

        original = training.train
        with monkeypatch.context() as patched:
            patched.setattr(training, "train", watched)
            places = (tmp_path / "prepared", tmp_path / name, tmp_path / "curves")
            train.run(*places, **{**PARAMS, **few, **more})
        compressor, _ = trained.load(tmp_path / name)
        weights = [weight.tobytes() for weight in compressor.get_weights()]
        return [*weights, (tmp_path / name / "tables.npz").read_bytes()]

    return run


@pytest.mark.torture
def test_an_adversarial_training_that_was_stopped_goes_on(run, tmp_path):
    undisturbed, stopped, resumed = Stop(None), Stop(1), Stop(None)
    whole = run("whole", undisturbed)
    with pytest.raises(KeyboardInterrupt):
        run("trained", stopped)
    assert not (tmp_path / "trained").exists()
    assert run("trained", resumed) == whole
    assert resumed.seen == undisturbed.seen
    assert not list(tmp_path.glob("*.progress.npz"))


@pytest.mark.torture
def test_a_warm_training_takes_a_share_of_the_epochs_and_goes_on(run, tmp_path, monkeypatch):
    given = {"adversarial_epochs": 0, "epochs": 4, "warm": 0.5}
    monkeypatch.setattr(train, "BEFORE", tmp_path / "trained")
    first = run("trained", None, **given)
    log = tmp_path / "curves/plots/metrics/eval/loss.tsv"
    losses = [float(line.split()[1]) for line in log.read_text().splitlines()[1:]]
    assert run("trained", None, **given) != first
    after = [float(line.split()[1]) for line in log.read_text().splitlines()[1:]]
    assert (len(losses), len(after)) == (4, 2)
    assert after[0] < losses[0]
