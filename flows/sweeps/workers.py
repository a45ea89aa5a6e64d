"""Spreads the runs of a deployment over the workers of its pool, through Prefect's server."""

import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from prefect import get_run_logger
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter
from prefect.client.schemas.objects import FlowRun, State
from prefect.deployments import run_deployment
from prefect.exceptions import ObjectNotFound
from prefect.settings import get_current_settings
from prefect.states import Cancelling

from image_compressor.errors import InputError

START = (
    "Run, each in its own terminal: `make server`, `make deploy`, and `make sweep-worker` for each "
    "worker."
)
INTERVAL = 2  # seconds between two looks at a run
GOING = {"type": {"any_": ["SCHEDULED", "PENDING", "RUNNING"]}}


def check_workers(deployment: str) -> None:
    """Raises InputError unless the server knows the deployment, and a worker for it is online."""
    if not get_current_settings().api.url:
        raise InputError(f"PREFECT_API_URL is not set; a sweep needs a Prefect server. {START}")
    with get_client(sync_client=True) as client:
        try:
            pool = client.read_deployment_by_name(deployment).work_pool_name
        except ObjectNotFound:
            raise InputError(
                f"The Prefect server has no deployment {deployment}. Run `make deploy`."
            ) from None
        if not _online(client, pool):
            raise InputError(f"No worker of the pool {pool} is online. {START}")


def fan_out(deployment: str, parameters: Mapping[str, dict[str, Any]]) -> dict[str, State]:
    """Lets the workers run `deployment` once for each item, and waits for all of them.

    A run that is still going from an earlier call is waited for, not started again. If this is
    interrupted, except by kill -9, all runs are cancelled.

    Args:
        parameters: the parameters of each run, by its name.

    Returns: the final state of each run, by its name.
    """
    runs: dict[str, FlowRun] = {}
    with get_client(sync_client=True) as client:
        pool = client.read_deployment_by_name(deployment).work_pool_name
        try:
            for name, values in parameters.items():
                runs[name] = _going(client, name) or _started(deployment, name, values)
            return {name: _ended(client, run, pool) for name, run in runs.items()}
        except BaseException:  # Ctrl-C and SIGTERM too; raised again below
            for run in runs.values():
                client.set_flow_run_state(run.id, Cancelling())  # finished runs refuse it
            raise


def _going(client, name) -> FlowRun | None:
    named = FlowRunFilter.model_validate({"name": {"any_": [name]}, "state": GOING})
    for run in client.read_flow_runs(flow_run_filter=named):
        get_run_logger().info("%s: is still running", name)
        return run
    return None


def _started(deployment, name, values) -> Any:
    key = str(uuid4())  # if a busy server gets the request twice, it starts only one run
    return run_deployment(
        deployment, parameters=values, flow_run_name=name, timeout=0, idempotency_key=key
    )


def _ended(client, run, pool) -> State:
    """Waits for a run's final state. Warns once if the run is scheduled and no worker is online."""
    warned = False
    while not run.state.is_final():
        time.sleep(INTERVAL)
        run = client.read_flow_run(run.id)
        if not warned and run.state.is_scheduled() and not _online(client, pool):
            get_run_logger().warning("No worker is online. Start one: `make sweep-worker`.")
            warned = True
    get_run_logger().info("%s: %s", run.name, run.state.name)
    return run.state


def _online(client: SyncPrefectClient, pool: str | None) -> bool:
    workers = client.read_workers_for_work_pool(pool) if pool else []
    return any(worker.status == "ONLINE" for worker in workers)
