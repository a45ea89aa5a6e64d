"""Errors that stop a sweep before any point runs, in one line."""

import os

import pytest
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows import sweep
from flows.sweeps import workers
from image_compressor import InputError
from tests.flows.checkout import Checkout
from tests.flows.sweeps.sweeps import Sweeps

pytestmark = pytest.mark.slow  # each test makes a repository


@pytest.fixture
def sweeps(server, checkout):
    sweeps = Sweeps(checkout, server)
    yield sweeps
    sweeps.end()


def refusal(check, *arguments):
    with pytest.raises(InputError) as error:
        check(*arguments)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_commit_that_is_clean_and_pushed_is_taken(sweeps):
    assert sweep.checked(sweeps.checkout.repository) == sweeps.git("rev-parse", "HEAD")


def test_changes_that_points_would_not_have_are_refused(sweeps):
    (sweeps.path / "params.yaml").write_text("train: {epochs: 2}")
    assert "changes in params.yaml" in refusal(sweep.checked, sweeps.checkout.repository)
    sweeps.checkout.commit("a change")
    assert "Run `git push`" in refusal(sweep.checked, sweeps.checkout.repository)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["git", "remote", "remove", "origin"], "No such remote 'origin'. Add it"),
        (["git", "remote", "set-url", "origin", "/nowhere"], "'/nowhere' does not appear to be"),
        (["dvc", "remote", "remove", "storage"], "DVC has no default remote"),
        (["git", "config", "--unset", "user.email"], "git config --global user.email"),
    ],
)
def test_what_a_push_would_miss_is_refused(sweeps, change, message, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    getattr(sweeps.checkout, change[0])(*change[1:])
    assert message in refusal(sweep.checked, sweeps.checkout.repository)


@pytest.mark.parametrize(
    ("variables", "url", "message"),
    [
        ("AWS_", "s3://codecs/dvc", "Unable to locate credentials"),
        ("-", "s3://absent/dvc", "bucket"),
    ],
)
def test_a_storage_that_points_could_not_push_to_is_refused(
    bucket, tmp_path, monkeypatch, variables, url, message
):
    for name in [name for name in os.environ if name.startswith(variables)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    sweeps = Sweeps(Checkout(tmp_path, **bucket | {"url": url}), "")
    assert message in refusal(sweep.checked, sweeps.checkout.repository)


def test_without_a_server_a_deployment_or_a_worker_it_says_what_to_start(sweeps):
    absent = "sweep-point/absent"
    with temporary_settings({PREFECT_API_URL: None}):
        assert "PREFECT_API_URL is not set" in refusal(workers.check_workers, absent)
    assert "no deployment sweep-point/absent" in refusal(workers.check_workers, absent)
    sweeps.deploy("idle")
    assert "is online. Run, each" in refusal(workers.check_workers, sweep.POINT)


def test_a_bad_grid_is_refused_before_the_server_is_asked(sweeps):
    nobody = {"PREFECT_API_URL": "http://127.0.0.1:9/api"}
    said, code = sweeps.sweep("train.epoch=1", **nobody)
    assert (said.split("Received: ")[1], code) == ("train.epoch. Did you mean train.epochs?", 1)
    said, code = sweeps.sweep("train.epochs=1", **nobody)
    assert (
        "No Prefect server answers at PREFECT_API_URL=http://127.0.0.1:9/api" in said and code == 1
    )
