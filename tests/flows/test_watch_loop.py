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

from flows.versions import versions
from tests.conftest import ROOT
from tests.flows.test_retrain import project  # noqa: F401, a fixture

pytestmark = pytest.mark.torture


@pytest.fixture
def services(project, tmp_path):  # noqa: F811
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


def look():
    run = run_deployment("watch/watch", parameters={"source": "incoming", "codec": "digits"})
    return run.state.name


def test_a_drift_proposes_a_retraining_that_somebody_approves(services, project, digits):  # noqa: F811
    arrive(project.path / "incoming", digits[:100], 0)
    assert look() == "NoDrift"
    arrive(project.path / "incoming", np.roll(digits[100:], 4, axis=2), 100)
    assert look() == "Drift"

    def proposed():
        runs = services.read_flow_runs()
        return [run for run in runs if run.state.name == "Suspended"]

    until(proposed)
    assert versions.promoted(project.repository) is None
    (run,) = proposed()
    services.resume_flow_run(run.id)
    until(lambda: services.read_flow_run(run.id).state.is_final())
    assert services.read_flow_run(run.id).state.name == "Promoted"
    assert versions.promoted(project.repository) == "v0.0.1"
