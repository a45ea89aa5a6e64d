"""Stages as Prefect tasks."""

import re
import subprocess

import pytest
import yaml
from prefect import flow

from flows.running import stages
from flows.versions.repository import Repository
from tests.conftest import ROOT


def test_the_projects_stages_are_those_of_dvc_yaml_each_after_what_it_reads(monkeypatch):
    monkeypatch.chdir(ROOT)
    declared = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
    names = [*Repository(ROOT).always_changed(), *stages.planned()]
    assert names[0] == "scan"
    assert sorted(names) == sorted(declared)
    assert stages.RETRIES.keys() | stages.TIMEOUTS.keys() <= declared.keys()
    written = set()
    for name in names:
        outs = {out for stage in declared.values() for out in stage["outs"]}
        assert outs & set(declared[name]["deps"]) <= written
        written |= set(declared[name]["outs"])


def test_the_order_is_dvcs(toy):
    order = re.findall(r"Running stage '(\w+)'", toy.dvc("repro"))
    assert [*stages.planned()] == order == ["first", "second", "third"]


def test_a_stage_that_the_table_does_not_name_is_tried_once():
    tasks = [stages.as_task(name) for name in ("ours", "ingest")]
    assert [(task.name, task.retries) for task in tasks] == [("ours", 0), ("ingest", 3)]


@pytest.fixture
def outcome(server, toy):
    """A function that runs a stage and returns the name of its final state."""

    @flow
    def alone(stage, options):
        return stages.as_task(stage)(stage, options=options, return_state=True)

    return lambda stage, options=(): alone(stage, options, return_state=True).data.result.name


def test_ran_cached_and_restored_are_told_apart(outcome, toy):
    assert (outcome("first"), toy.ran()) == ("Completed", ["first"])
    assert (outcome("first"), toy.ran()) == ("Cached", [])
    (toy.directory / "first.out").unlink()
    assert (outcome("first"), toy.ran()) == ("Restored", [])
    (toy.directory / "source").write_text("2")
    assert (outcome("first"), toy.ran()) == ("Completed", ["first"])
    (toy.directory / "source").write_text("1")
    assert (outcome("first"), toy.ran()) == ("Restored", [])
    assert (toy.directory / "first.out").read_text() == "1"


def test_what_is_only_pulled_is_restored(outcome, toy):
    outcome("first")
    toy.dvc("remote", "add", "--default", "storage", str(toy.directory / "storage"))
    toy.dvc("push")
    subprocess.run(["rm", "-rf", toy.directory / ".dvc/cache", "first.out"], check=True)
    toy.ran()
    assert (outcome("first", ("--pull",)), toy.ran()) == ("Restored", [])


def test_what_the_cache_has_lost_is_made_again(outcome, toy):
    outcome("first")
    for lost in ([".dvc/cache"], [".dvc/cache", "first.out"]):
        for path in lost:
            subprocess.run(["rm", "-rf", toy.directory / path], check=True)
        toy.ran()
        assert (outcome("first"), toy.ran()) == ("Completed", ["first"])
    assert (toy.directory / "first.out").read_text() == "1"
