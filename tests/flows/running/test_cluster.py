"""Errors of a cluster are one line, before anything is written."""

import os

import pytest
from distributed import Client, LocalCluster
from prefect.settings import PREFECT_API_URL, temporary_settings
from s3fs import S3FileSystem

from flows.compress import compress
from flows.decompress import decompress
from flows.running import cluster
from image_compressor import InputError
from image_compressor.cluster import PACKAGE

pytestmark = pytest.mark.slow


def refused(scheduler):
    with pytest.raises(InputError) as error:
        cluster.workers(scheduler)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "none"])
@pytest.mark.parametrize("flow", [compress, decompress])
def test_an_address_without_a_scheduler(server, folder, exported, tmp_path, flow, address):
    state = flow(
        str(folder), str(tmp_path / "out"), str(exported), 4, scheduler=address, return_state=True
    )
    assert state.is_failed() and "\n" not in state.message
    assert f"Expected a Dask scheduler at {address}" in state.message
    assert not (tmp_path / "out").exists()


def test_a_scheduler_without_workers(server):
    with LocalCluster(n_workers=0, processes=False, dashboard_address=":0") as local:
        assert "has no workers" in refused(local.scheduler_address)


@pytest.mark.parametrize(
    ("package", "version", "told"),
    [
        ("python", "3.2.1", "3.2"),
        ("dask", "0.1", "0.1"),
        ("prefect", None, "none"),
        (PACKAGE, "9", "9"),
    ],
)
def test_other_versions_are_named(scheduler, monkeypatch, package, version, told):
    get_versions = Client.get_versions

    def changed(self, **options):
        found = get_versions(self, **options)
        worker = max(found["workers"])
        found["workers"][worker]["packages"][package] = version
        here.append(found["client"]["packages"][package])
        return found

    here = []
    monkeypatch.setattr(Client, "get_versions", changed)
    error = refused(scheduler)
    assert f"Expected {package} {here[0][:4]}" in error
    assert f"Received: {told} at tcp://" in error


def test_a_prefect_server_that_workers_do_not_reach(scheduler):
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        assert "cannot reach PREFECT_API_URL=http://127.0.0.1:9/api" in refused(scheduler)
    with temporary_settings(restore_defaults={PREFECT_API_URL}):
        assert "needs a Prefect server" in refused(scheduler)


def test_workers_that_are_lost_are_named_as_such(scheduler):
    from prefect import flow, task

    @task(**cluster.PARTITION)
    def ends(number):
        os._exit(1)

    @flow
    def lost():
        with cluster.workers(scheduler) as runner:
            cluster.fan_out(runner, ends, [{"number": 0}])

    with pytest.raises(InputError, match="1 of 1 partitions failed, the first with: KilledWorker"):
        lost()


@pytest.mark.parametrize("flow", [compress, decompress])
def test_a_bucket_that_is_not_there(server, bucket, exported, tmp_path, monkeypatch, flow):
    monkeypatch.setenv("AWS_ENDPOINT_URL", bucket["endpointurl"])
    S3FileSystem.clear_instance_cache()
    state = flow("s3://absent/set", str(tmp_path / "out"), str(exported), 4, return_state=True)
    assert state.is_failed() and "\n" not in state.message
    assert "Cannot reach s3://absent/set" in state.message
    assert not (tmp_path / "out").exists()


def test_an_output_of_other_parameters(server, folder, exported, tmp_path):
    places = [str(folder), str(tmp_path / "set"), str(exported)]
    assert compress(*places, 4, return_state=True).is_completed()
    state = compress(*places, 3, return_state=True)
    assert state.is_failed() and "written with --partitions 4" in state.message
    state = decompress(places[1], *places[1:], return_state=True)
    assert state.is_failed() and "contains files" in state.message
