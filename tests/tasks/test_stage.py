import inspect
import shutil
import sqlite3
import sys
from importlib import import_module

import pytest
import yaml

from image_compressor import InputError
from image_compressor.errors import Unreachable
from image_compressor.evaluation.verdict import Thresholds
from tasks import parameters, stage
from tests.conftest import ROOT

PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text())
ALL = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
STAGES = [name for name in ALL if name != "scan"]  # it has ingest's parameters


@pytest.fixture(autouse=True)
def no_arguments(monkeypatch):
    """A stage's command takes none; pytest's own are not the stage's."""
    monkeypatch.setattr(sys, "argv", ["stage"])


def run_of(name):
    return import_module(f"tasks.{name}").run


@pytest.mark.parametrize("name", STAGES)
def test_params_yaml_has_a_section_a_stage_with_exactly_its_arguments(name):
    keywords = [
        p.name
        for p in inspect.signature(run_of(name)).parameters.values()
        if p.kind == p.KEYWORD_ONLY
    ]
    assert list(PARAMS[name]) == keywords


def test_params_yaml_has_nothing_else():
    assert PARAMS.keys() == {*STAGES, *stage.FLOWS}


@pytest.mark.parametrize("name", ALL)
def test_each_stage_has_a_script_that_shows_it(name):
    script = ROOT / f"tasks/{name}.sh"
    assert f"python -m tasks.{name}" in script.read_text()
    assert script.stat().st_mode & 0o100


@pytest.mark.parametrize(
    ("section", "key", "value", "message"),
    [
        ("ingest", "source", "digitz", r"ingest.source.*digitz. Did you mean digits\?"),
        ("ingest", "labels", [], "ingest.labels"),
        ("ingest", "max_rejected", 1.5, "ingest.max_rejected"),
        ("ingest", "max_pixels", 0, "ingest.max_pixels"),
        ("ingest", "path", "photos", "ingest.path.*photos"),
        ("ingest", "dataset", "mnist", "ingest.dataset.*tfds"),
        ("ingest", "sauce", "digits", r"ingest.sauce. Did you mean source\?"),
        ("ingest", "limit", 0, "ingest.limit"),
        ("preprocess", "test", 0.7, "preprocess.test.*less than 0.5"),
        ("preprocess", "shard_megabytes", "many", "preprocess.shard_megabytes.*'many'"),
        ("preprocess", "channels", 2, "preprocess.channels.*1 or 3"),
        ("preprocess", "fit", "cropp", "preprocess.fit.*'crop'"),
        ("preprocess", "fit", "crop", "preprocess.size"),
        ("preprocess", "size", [28, 28], "preprocess.size.*native"),
        ("preprocess", "size", [28, 2], r"preprocess.size.1"),
        ("preprocess", "crops", 0, "preprocess.crops"),
        ("train", "epochs", 1.5, "train.epochs.*1.5"),
        ("train", "epochs", True, "train.epochs.*True"),
        ("train", "learning_rate", "2e-3", "train.learning_rate.*'2e-3'"),
        ("train", "alpha", 2, "train.alpha"),
        ("train", "similarity", "sim", r"edge_ssim, ms_ssim. Received: sim. .*losses/__init__.py"),
        ("train", "difference", "l2", r"mse, ssimulacra2. Received: l2. .*losses/__init__.py"),
        ("train", "terms", {"l2": 1.0}, r"mse, ssimulacra2. Received: l2. .*losses/__init__.py"),
        ("train", "terms", {"mse": 0.0}, "train.terms.mse.*greater than 0"),
        ("train", "rate_weights", [0.1], "train.rate_weights"),
        ("train", "rate_weights", [0.1, 0.5, 1.0], "train.rate_weights"),
        ("train", "rate_weights", [0.0, 0.5], r"train.rate_weights.0"),
        ("train", "rate_weights", [0.1, float("nan")], r"train.rate_weights.1"),
        ("train", "rate_weights", [0.1, "many"], r"train.rate_weights.1.*'many'"),
        ("train", "rate_weights", 0.3, "train.rate_weights"),
        ("train", "rate_weight", 0.3, r"train.rate_weight. Did you mean rate_weights\?"),
        ("train", "levels", 1, "train.levels"),
        ("train", "classes", 0, "train.classes"),
        ("train", "classes", 1025, "train.classes"),
        ("train", "latent-dims", 5, r"train.latent-dims. Did you mean latent_dims\?"),
        ("train", "devices", 0, "train.devices in .* greater than or equal to 1"),
        ("train", "devices", ["a:1", "b"], r"train.devices.1 in .*'b'"),
        ("train", "devices", ["a:1"], "train.devices in .* at least 2 items"),
        ("train", "latent_dim", 5, r"Did you mean latent_dims\?"),
        ("train", "architecture", 5, "train.architecture"),
        ("rivals", "points", 3, "rivals.points"),
        ("evaluate", "quality", 0, "evaluate.quality"),
        ("evaluate", "quality", 101, "evaluate.quality"),
        ("evaluate", "quality", 50.0, "evaluate.quality"),
        ("evaluate", "points", 3, "evaluate.points"),
        ("evaluate", "points", 101, "evaluate.points"),
        ("evaluate", "grid_images", -1, "evaluate.grid_images"),
        ("export", "mode", "codec", "export.mode.*'full'"),
        ("export", "formats", ["keras", "onxx"], r"mean onnx\? .*export/formats/__init__.py"),
        ("export", "formats", None, "export.formats"),
        ("export", "precision", "float8", "export.precision.*'float16'"),
    ],
)
def test_wrong_parameters_are_named(section, key, value, message):
    with pytest.raises(InputError, match=message) as error:
        parameters.call(run_of(section), section, {**PARAMS[section], key: value})
    assert "\n" not in str(error.value)


def test_missing_parameters_and_sections_are_named():
    with pytest.raises(InputError, match=r"train.architecture is missing in params.yaml"):
        parameters.call(run_of("train"), "train", {"seed": 0})
    with pytest.raises(InputError, match="a section train with"):
        parameters.call(run_of("train"), "train", None)


def test_params_yaml_needs_only_what_differs_from_the_defaults():
    needed = {"ingest": ("source",), "train": ("architecture",)}
    stages = {section: values for section, values in PARAMS.items() if section not in stage.FLOWS}
    few = {
        section: {name: values[name] for name in needed.get(section, ())}
        for section, values in stages.items()
    }
    parameters.check(few)
    assert parameters.completed(few) == stages
    assert vars(Thresholds()) == PARAMS["retrain"]


@pytest.mark.parametrize("text", ["a: [", "- 1", "", None])
def test_a_params_yaml_that_cannot_be_read_is_refused(text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if text is not None:
        (tmp_path / "params.yaml").write_text(text)
    with pytest.raises(InputError, match=r"params\.yaml") as error:
        stage.read_params()
    assert "\n" not in str(error.value)


def test_the_sections_of_flows_are_no_stages_parameters(monkeypatch):
    monkeypatch.chdir(ROOT)
    assert stage.read_params() == {name: PARAMS[name] for name in STAGES}


def test_a_section_that_is_neither_stage_nor_flow_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "dvc.yaml", tmp_path)
    (tmp_path / "params.yaml").write_text(yaml.safe_dump({**PARAMS, "trian": {}}))
    with pytest.raises(InputError, match=r"trian. Did you mean train\?"):
        stage.read_params()


def test_bad_input_is_one_line_and_exit_code_1(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match=r"^train: Cannot read params.yaml"):
        stage.main(run_of("train"), "train")


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A copy of the files that a stage reads first; `edit` changes a line of params.yaml."""
    monkeypatch.chdir(tmp_path)
    for name in ("dvc.yaml", "params.yaml", "versions.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "models").symlink_to(ROOT / "models")

    def edit(before, after):
        text = (ROOT / "params.yaml").read_text()
        assert before in text
        (tmp_path / "params.yaml").write_text(text.replace(before, after, 1))

    return edit


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("precision: float32 # of LiteRT", "precision: flot16 #", r"export\.precision.*'flot16'"),
        ("grid_images: 32", "grid_images: many", r"evaluate\.grid_images.*'many'"),
        ("quality: 50", "quality: on", r"evaluate\.quality.*'on'"),
        ("report:", "reprot:", r"reprot. Did you mean report\?"),
        ("classes: 32", "classes: 32\n  epochs: 3", r"line \d+: found duplicate key \"epochs\""),
        ("alpha: 0.75", "alpha: [0.75", r"params.yaml is not valid YAML: line \d+"),
        ("\nrivals:\n  points: 8", "", "params.yaml has no section rivals"),
        ("learning_rate: 0.005", "learning_rate: .inf", r"train\.learning_rate"),
        ("fit: native", "fit: crop", r"preprocess\.size"),
    ],
)
def test_the_first_stage_refuses_wrong_parameters_of_all(here, before, after, message):
    here(before, after)
    with pytest.raises(SystemExit, match=f"^ingest: .*{message}"):
        stage.main(lambda **_: pytest.fail("it ran"), "ingest")


def test_numbers_and_paths_are_read_as_people_write_them(here, monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    here("learning_rate: 0.005", "learning_rate: 3e-3")
    assert stage.read_params()["train"]["learning_rate"] == 0.003
    here("path: null", "path: ~/photos")
    taken = {}

    @parameters.checked
    def run(*, path: parameters.Location):
        taken["path"] = path

    run(path=stage.read_params()["ingest"]["path"])
    assert taken == {"path": "/home/me/photos"}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InputError("a", "b", "c"), "ingest: Expected a. Received: b. c"),
        (Unreachable("s3://a", "no answer", "Wait."), 75),
        (OSError(28, "No space left on device"), 75),
        (MemoryError(), 75),
        (sqlite3.OperationalError("database is locked"), 75),
    ],
)
def test_what_another_try_worth_retrying_has_an_exit_code_of_its_own(here, error, code, capsys):
    def run(**_):
        raise error

    with pytest.raises(SystemExit) as ended:
        stage.main(run, "ingest")
    assert ended.value.code == code
    if code == 75:
        starts = ("ingest: Expected s3://a", "ingest: A file cannot", "ingest: There is not enough")
        assert capsys.readouterr().err.startswith(starts)


@pytest.mark.parametrize("name", [name for name in STAGES if name != "ingest"])
def test_missing_outputs_of_the_stage_before_are_named(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    values = dict(PARAMS[name])
    if name == "train":
        values["architecture"] = str(ROOT / "models/digits.json")
    with pytest.raises(
        InputError, match=r"Run .*`dvc repro (ingest|preprocess|rivals|train|evaluate)`"
    ):
        parameters.call(run_of(name), name, values)
