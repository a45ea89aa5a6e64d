"""pipeline: the stages of dvc.yaml, one after another, as a Prefect flow."""

from pathlib import Path

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows import artifacts, stages
from flows.command import alone, launch
from flows.repository import Repository
from image_compressor.errors import InputError


@flow(persist_result=False)
def pipeline() -> State:
    """Runs the stages whose code, data or parameters changed; ends with the first that fails."""
    try:
        with alone():
            return run_stages()
    except InputError as error:
        return Failed(message=str(error))


def run_stages(*options: str) -> State:
    """Completed, or Failed with what the first stage that failed said.

    Args:
        options: of `dvc repro`.
    """
    ran, may_run = [], False
    for stage, changed in stages.planned().items():
        may_run = may_run or changed
        state = stages.as_task(stage)(stage, may_run, options, return_state=True)
        if not state.is_completed():
            return Failed(message=state.message)
        if state.name == "Completed":
            ran.append(stage)
    if ran:
        artifacts.commit(Repository(Path.cwd()))
    return Completed(message=f"Ran: {', '.join(ran) or 'nothing, for nothing changed'}.")


if __name__ == "__main__":
    launch(pipeline)
