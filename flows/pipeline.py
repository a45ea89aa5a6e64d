"""pipeline: the stages of dvc.yaml, one after another, as a Prefect flow."""

import asyncio
import fcntl
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.exceptions import TerminationSignal
from prefect.settings import get_current_settings
from prefect.states import Completed, Failed

from flows import stages
from image_compressor.errors import InputError

LOCK = Path(".dvc/tmp/flow.lock")


@flow(persist_result=False)
def pipeline() -> State:
    """Runs the stages whose code, data or parameters changed; ends with the first that fails."""
    try:
        with alone():
            return run_stages()
    except InputError as error:
        return Failed(message=str(error))


def run_stages() -> State:
    """Completed, or Failed with what the first stage that failed said."""
    ran = []
    changed, may_run = stages.changed(), False
    for stage in stages.names():
        may_run = may_run or stage in changed
        state = stages.as_task(stage)(stage, may_run, return_state=True)
        if not state.is_completed():
            return Failed(message=state.message)
        if state.name == "Completed":
            ran.append(stage)
    return Completed(message=f"Ran: {', '.join(ran) or 'nothing, for nothing changed'}.")


@contextmanager
def alone() -> Iterator[None]:
    """Holds the lock of flows on this checkout. Raises InputError while another flow does."""
    LOCK.parent.mkdir(exist_ok=True)
    with LOCK.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(
                "no other flow on this checkout", "one that runs", "Wait for its end, or cancel it."
            ) from None
        yield


async def check_server() -> None:
    """Raises InputError where PREFECT_API_URL is set and no Prefect server answers there."""
    url = get_current_settings().api.url
    if url:
        try:
            async with asyncio.timeout(5), get_client() as client:
                await client.read_flows(limit=1)
        except Exception as error:
            raise InputError(
                f"a Prefect server at PREFECT_API_URL={url}",
                repr(error),
                "Start it, correct the URL, or unset it to run without a server.",
            ) from None


def main() -> None:
    """Runs the flow. Bad input or a failed stage: one line, exit code 1."""
    try:
        asyncio.run(check_server())
        stages.names()
        with alone():
            pass
    except InputError as error:
        sys.exit(f"pipeline: {error}")
    state = pipeline(return_state=True)
    if not state.is_completed():
        sys.exit(f"pipeline: {state.message}")


if __name__ == "__main__":
    try:
        main()
    except (KeyboardInterrupt, TerminationSignal):
        sys.exit("pipeline: stopped, and the stage that ran with it. The next run takes up there.")
