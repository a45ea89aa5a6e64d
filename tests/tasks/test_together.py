"""Parameters that do not fit each other are refused before the first stage runs."""

import json
from copy import deepcopy

import pytest
import yaml

from image_compressor import InputError
from image_compressor.model.losses import ms_ssim, ssimulacra2
from tasks import together
from tasks.parameters import check
from tests.conftest import ROOT, config

PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text())
PHOTO = {
    "preprocess.channels": 3,
    "train.architecture": "models/photo.json",
    "train.classes": 1,
    "export.formats": ["keras", "onnx"],
}


@pytest.fixture(autouse=True)
def here(monkeypatch):
    monkeypatch.chdir(ROOT)


def checked(changes):
    """Changes parameters, checks each of them, then checks whether they fit each other."""
    params = deepcopy(PARAMS)
    for name, value in changes.items():
        section, key = name.split(".")
        params[section][key] = value
    check(params)
    together.check_together(params)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        PHOTO,
        PHOTO | {"train.crop": 176, "train.similarity": "ms_ssim", "train.adversarial_epochs": 1},
        PHOTO | {"train.start": "photo", "train.hyper_steps": 9},
        {"preprocess.fit": "crop", "preprocess.size": [28, 28], "preprocess.crops": 4},
        {"train.devices": ["a:1", "b:1"]},
    ],
)
def test_what_fits_is_taken(changes):
    checked(changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"ingest.source": "directory"}, "directory needs ingest.path"),
        ({"ingest.path": "photos"}, "no ingest.path for the source digits.*directory, npy"),
        ({"preprocess.fit": "crop"}, "preprocess.size"),
        ({"preprocess.size": [28, 28]}, "preprocess.size.*native"),
        ({"preprocess.crops": 2}, "preprocess.crops is .*, but must be 1"),
        (
            {"preprocess.channels": 3},
            r"preprocess.channels 1, as models/dig.*\[28, 28, 1\]",
        ),
        ({"preprocess.fit": "crop", "preprocess.size": [32, 32]}, r"preprocess.size \[28, 28\]"),
        ({"train.crop": 16}, "train.crop null, as models/digits-best.json"),
        ({"train.shift": 28}, r"train.shift smaller than images of \[28, 28\]"),
        ({"train.similarity": "ms_ssim"}, "at least 176 pixels.* Received: 28"),
        (PHOTO | {"train.crop": 128, "train.similarity": "ms_ssim"}, "176 .* Received: 128"),
        (PHOTO | {"train.crop": 127, "train.terms": {"ssimulacra2": 1}}, "128 .* Received: 127"),
        ({"train.hyper_steps": 9}, "hyper_steps is 9, but .*digits-best.json has no hyperprior"),
        (
            PHOTO | {"preprocess.fit": "crop", "preprocess.size": [64, 99], "train.crop": 65},
            r"train.crop that fits into images of \[64, 99\]",
        ),
        ({"train.start": "photo"}, "photo, which is for images of any size, but"),
        (
            PHOTO | {"train.start": "foto"},
            "as train.start: photo, photo-1, photo-2. Received: foto.*Did you mean",
        ),
        (
            PHOTO | {"train.start": "digits"},
            "as train.start: photo, photo-1, photo-2. Received: digits",
        ),
        (PHOTO | {"train.classes": 32}, "must be 1, because .* has a hyperprior"),
        (
            PHOTO | {"export.formats": ["saved_model"]},
            "any size.* with saved_model does not support",
        ),
        (PHOTO | {"export.mode": "full", "export.precision": "int8"}, "with full, int8"),
        (
            {"train.architecture": "models/digits-fast.json", "train.adversarial_epochs": 1},
            "models/digits-fast.json has none",
        ),
        ({"train.rate_weights": [1.5, 0.03]}, "the lower weight must come first"),
        ({"train.batch_size": 2, "train.devices": 4}, "train.batch_size of at least 4"),
        ({"train.tensorboard": True}, "needs the package tensorboard"),
        ({"train.architecture": "none.json"}, "Expected a model.json. Received: none.json"),
        ({"train.architecture": "README.md"}, "valid JSON"),
        ({"train.architecture": "prefect.yaml/a"}, "Expected a model.json"),
    ],
)
def test_what_does_not_fit_is_named(changes, message, monkeypatch):
    monkeypatch.setattr(together, "find_spec", lambda package: None)
    with pytest.raises(InputError, match=message) as error:
        checked(changes)
    assert "\n" not in str(error.value)


def test_the_least_sides_are_those_of_the_losses():
    assert {"ms_ssim": ms_ssim.SMALLEST, "ssimulacra2": ssimulacra2.SMALLEST} == together.SIDES


def test_a_model_of_another_form_is_explained(tmp_path):
    model = config((28, 28, 1))
    del model["layers"]["inputs"]
    (tmp_path / "model.json").write_text(json.dumps({"model": model}))
    with pytest.raises(InputError, match=r"inputs at model.layers"):
        checked({"train.architecture": str(tmp_path / "model.json")})
