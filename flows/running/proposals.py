"""Runs that wait, suspended, until somebody approves them."""

from prefect import runtime, suspend_flow_run
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowRunFilter

from image_compressor.errors import InputError

WEEK = 7 * 24 * 3600  # seconds


def propose() -> str:
    """Suspends this run of a deployment until somebody resumes it, at most a week.

    Returns: the name of another run that waits already, so that this one is not needed; or "" once
        it is resumed.
    Raises InputError if it is not a run of a deployment, which alone can be resumed.
    """
    if not runtime.deployment.id:
        raise InputError("Only a run of a deployment can ask. Run retrain/proposed, or do not ask.")
    if runtime.flow_run.run_count > 1:  # it is resumed, and runs from the start
        return ""
    if other := _waiting():
        return other
    suspend_flow_run(timeout=WEEK, key="approval")
    return ""


def _waiting():
    """The name of another run of this deployment that is suspended, or ""."""
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
