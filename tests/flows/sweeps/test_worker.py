"""Runs of the deployments in prefect.yaml, started by a worker."""

import shutil
import time

import psutil
import pytest
from prefect.client.orchestration import get_client
from prefect.states import Cancelling

from tests.conftest import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture
def worker(server, toy):
    """The process of a worker for the toy's flows."""
    (toy.directory / "flows").symlink_to(ROOT / "flows")
    shutil.copy(ROOT / "prefect.yaml", toy.directory)
    settings = {"module": "prefect", "PREFECT_API_URL": server}
    toy.popen("--no-prompt", "work-pool", "create", "--type=process", "local", **settings).wait()
    toy.popen("--no-prompt", "deploy", "--all", **settings).wait()
    return psutil.Process(toy.popen("worker", "start", "--pool=local", **settings).pid)


def until(holds):
    end = time.monotonic() + 120
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.mark.parametrize(
    "names",
    [
        ("Cancelled", "Completed"),
        pytest.param(("Cancelled", "Crashed", "Completed"), marks=pytest.mark.torture),
    ],
)
def test_whether_cancelled_or_killed_a_run_leaves_no_process_and_the_next_takes_up_there(
    toy, worker, names
):
    here, again = toy.directory / "here", toy.directory / "again"
    toy.command("second", "touch here; sleep 1000 & until test -e again; do sleep 0.1; done")
    with get_client(sync_client=True) as client:
        deployment = client.read_deployment_by_name("pipeline/on-demand").id
        ends = {
            "Cancelled": lambda run: client.set_flow_run_state(run, Cancelling()),
            "Crashed": lambda run: worker.children()[0].kill(),
            "Completed": lambda run: again.touch(),
        }
        for name in names:
            run = client.create_flow_run_from_deployment(deployment).id
            until(here.exists)
            ends[name](run)
            until(lambda run=run: client.read_flow_run(run).state.is_final())
            until(lambda: not worker.children(recursive=True))
            assert client.read_flow_run(run).state.name == name
            here.unlink()
    assert toy.ran() == ["first", "second", "third"]
