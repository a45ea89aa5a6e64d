"""Grids over parameters, given as arguments."""

import pytest

from flows.sweeps import grid
from image_compressor import InputError

PARAMS = """
train: {epochs: 60, learning_rate: 0.003, rate_weights: [0.03, 1.5], architecture: a.json}
ingest: {limit: null}
retrain: {points: 8}
"""
STAGES = "stages: {train: {cmd: a, params: [train, ingest.limit]}, other: {cmd: b}}"


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text(PARAMS)
    (tmp_path / "dvc.yaml").write_text(STAGES)
    return tmp_path


def test_a_grid_has_a_point_for_each_combination():
    parsed = grid.parse(["train.epochs=1,2", "train.rate_weights=[0.03,1.5],[0.05,1.0]"])
    assert grid.points(parsed) == [
        {"train.epochs": epochs, "train.rate_weights": weights}
        for epochs in (1, 2)
        for weights in ([0.03, 1.5], [0.05, 1.0])
    ]


@pytest.mark.parametrize(
    ("argument", "values"),
    [
        ("train.learning_rate=1e-3,3e-3, 1", [0.001, 0.003, 1]),
        ("train.architecture=models/a.json,models/b.json", ["models/a.json", "models/b.json"]),
        ("ingest.limit=100,null", [100, None]),
        ("train.epochs=1", [1]),
    ],
)
def test_values_are_numbers_text_null_and_lists(argument, values):
    assert [*grid.parse([argument]).values()] == [values]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "A sweep needs parameters and their values"),
        (["train.epochs"], "SECTION.NAME=VALUE,.* Received: train.epochs"),
        (["train.epochs="], "Received: train.epochs="),
        (["train.epochs=[1"], "Received: train.epochs=.1"),
        (["train.epoch=1"], "Received: train.epoch. Did you mean train.epochs?"),
        (["epochs=1"], "Did you mean train.epochs?"),
        (["retrain.points=4"], "parameter of a stage.* Received: retrain.points"),
        (["train.epochs=1,2,1"], "train.epochs has the value 1 twice"),
        (["train.epochs=1", "train.epochs=2"], "train.epochs is given twice"),
        (["train.epochs=ten"], "number for train.epochs, like 60 .* Received: 'ten', text"),
        (["train.epochs=true"], "Received: True, true or false"),
        (["train.rate_weights=0.03,1.5"], r"like \[0.03, 1.5\] .* Received: 0.03, number"),
        (["train.rate_weights=[a,b]"], "Received: .*list of text"),
        (["ingest.limit={a: 1}"], "numbers, text, true, false, null or lists"),
        (["ingest.limit=2020-01-01"], "Received: 2020-01-01"),
    ],
)
def test_what_is_no_grid_is_one_line(arguments, message):
    with pytest.raises(InputError, match=message) as error:
        grid.parse(arguments)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["params.yaml", "dvc.yaml"])
@pytest.mark.parametrize("text", [None, "", "[1]", "{", "stages: 1", "train: 1"])
def test_files_that_cannot_be_read_are_one_line(project, name, text):
    (project / name).write_text(text) if text is not None else (project / name).unlink()
    with pytest.raises(InputError) as error:
        grid.parse(["train.epochs=1"])
    assert "\n" not in str(error.value)


def test_names_tell_points_and_revisions_apart_and_are_git_refs():
    points = [{"train.epochs": 1}, {"train.epochs": 2}, {"train.architecture": "../a b~^:?.lock"}]
    names = [grid.name(point, revision) for point in points for revision in ("one", "two")]
    assert len({*names}) == len(names)
    assert grid.name({"train.epochs": 1}, "one") == names[0]
    assert all(set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789.-") for name in names)
    assert not any(".." in name or name.startswith((".", "-")) for name in names)
