"""Runs that wait to be approved."""

from prefect import runtime
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter


def waiting() -> str:
    """The name of another run of this run's deployment that is suspended, or ""."""
    runs = FlowRunFilter.model_validate(
        {
            "deployment_id": {"any_": [runtime.deployment.id]},
            "state": {"name": {"any_": ["Suspended"]}},
        }
    )
    with get_client(sync_client=True) as client:
        found = client.read_flow_runs(flow_run_filter=runs, limit=2)
    others = [run.name for run in found if str(run.id) != runtime.flow_run.id]
    return others[0] if others else ""
