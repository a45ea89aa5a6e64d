"""The whole loop on real services: images come and drift, a retraining is proposed and approved."""

import os
import shutil
import socket
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image
from prefect.client.orchestration import get_client
from prefect.deployments import run_deployment
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.versions import registry, versions
from image_compressor.cli.fetch import to_store
from image_compressor.codec import exported, store
from image_compressor.codec.codec import Codec
from tests.conftest import ROOT
from tests.flows.test_retrain import made, push
from tests.flows.versions.test_canary import limit, trial

pytestmark = pytest.mark.torture


@pytest.fixture
def project(server, digits, tmp_path, monkeypatch):
    """A checkout with the codec for digits, and a store of its own for codecs."""
    monkeypatch.setenv(store.VARIABLE, str(tmp_path / "store"))
    return made(tmp_path, exported.find("digits"), digits, monkeypatch)


@pytest.fixture
def services(project, tmp_path):
    """A server with the deployments of prefect.yaml and its automations, and a worker."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    url = f"http://127.0.0.1:{port}/api"
    (project.path / "flows").symlink_to(ROOT / "flows")
    shutil.copy(ROOT / "prefect.yaml", project.path)
    with (project.path / ".git/info/exclude").open("a") as file:
        file.write("/flows\n/prefect.yaml\n/incoming\n/reports\n")
    environment = {**os.environ, "PREFECT_HOME": str(tmp_path / "home"), "PREFECT_API_URL": url}
    options = {"cwd": project.path, "env": environment, "stdout": subprocess.DEVNULL}

    def started(*arguments):
        command = [sys.executable, "-m", "prefect", *arguments]
        return subprocess.Popen(command, stderr=subprocess.DEVNULL, **options)

    server = started("server", "start", "--port", port)
    with temporary_settings({PREFECT_API_URL: url}), get_client(sync_client=True) as client:
        until(lambda: client.api_healthcheck() is None)
        for pool in ("local", "sweep"):
            assert started("work-pool", "create", "--type", "process", pool).wait() == 0
        assert started("--no-prompt", "deploy", "--all").wait() == 0
        subprocess.run([sys.executable, "-m", "flows.running.automations"], check=True, **options)
        worker = started("worker", "start", "--pool", "local", "--limit", "1")
        yield client
        for process in (worker, server):
            process.terminate()
            process.wait()


def until(holds, seconds=120):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(1)


def arrive(directory, images, start):
    directory.mkdir(exist_ok=True)
    for number, image in enumerate(images, start):
        Image.fromarray(image).save(directory / f"{number}.png")


def run(deployment, **parameters):
    return run_deployment(deployment, parameters=parameters).state.name


def look():
    return run("watch/watch", source="incoming", codec="digits")


def test_a_drift_proposes_a_retraining_whose_codec_is_tried_promoted_and_rolled_back(
    services, project, digits
):
    incoming = project.path / "incoming"
    arrive(incoming, digits[:60], 0)
    assert look() == "NoDrift"
    arrive(incoming, np.roll(digits[60:100], 4, axis=2), 60)
    assert look() == "Drift"

    def proposed():
        runs = services.read_flow_runs()
        return [run for run in runs if run.state.name == "Suspended"]

    until(proposed)
    assert versions.promoted(project.repository) is None
    (waiting,) = proposed()
    services.resume_flow_run(waiting.id)
    until(lambda: services.read_flow_run(waiting.id).state.is_final())
    assert services.read_flow_run(waiting.id).state.name == "Promoted"
    assert trial(project) == ("v0.0.1", None)
    before = fetched("v0.0.1")
    data = before.compress(digits[:10])

    limit(bd_rate=1, canary=1)
    push(project, 2)
    assert run("retrain/retrain") == "Candidate"
    arrive(incoming, digits[100:150], 100)
    assert look() == "NoDrift"
    assert trial(project) == ("v0.0.1", "v0.0.2")
    limit(bd_rate=1, canary=1e-6)
    arrive(incoming, digits[150:], 150)
    assert look() == "NoDrift"
    assert trial(project) == ("v0.0.2", None)
    assert fetched("v0.0.2").identity != before.identity
    assert np.array_equal(before.decompress(data), fetched("v0.0.1").decompress(data))
    registry.main(["rollback"])
    assert trial(project) == ("v0.0.1", None)


def fetched(version):
    return Codec.load(to_store(".", "codec", "--rev", version))
