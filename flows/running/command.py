"""A flow as a command: one at a time on a checkout, and what is wrong in one line."""

import asyncio
import fcntl
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from prefect import Flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.exceptions import TerminationSignal
from prefect.settings import PREFECT_API_URL, get_current_settings, load_profiles
from prefect.states import Completed, Failed

from flows.running.stop import stoppable
from flows.versions.repository import Busy
from image_compressor.errors import InputError

LOCK = Path(".dvc/tmp/flow.lock")
SKIPPED = "Skipped"


def launch(flow: Flow[..., Any], *arguments: Any, lock: Path | None = LOCK) -> None:
    """Runs a flow and prints how it ended. Bad input or a failed stage: one line, exit code 1.

    Args:
        lock: that the flow takes; None where it works anywhere.
    """
    with stoppable(flow.name, "The next run resumes there."):
        try:
            state = _run(flow, arguments, lock)
        except InputError as error:
            sys.exit(f"{flow.name}: {error}")
        except TerminationSignal:
            raise KeyboardInterrupt from None
    if not state.is_completed() or state.name == SKIPPED:
        sys.exit(f"{flow.name}: {state.message}")
    named = "" if state.name == "Completed" else f"{state.name}. "
    print(f"{flow.name}: {named}{state.message}")


def _run(flow, arguments, lock) -> State:
    asyncio.run(check_server())
    if lock:
        with alone(lock):
            pass
    if not get_current_settings().api.url:
        from flows.running.server import TemporaryServer  # takes seconds

        TemporaryServer()
    return flow(*arguments, return_state=True)


def refused(error: InputError) -> State:
    """The end of a flow that cannot run: Failed, or Skipped where a schedule meets another run."""
    if isinstance(error, Busy):
        return Completed(name=SKIPPED, message=str(error))
    return Failed(message=str(error))


@contextmanager
def alone(lock: Path = LOCK) -> Iterator[None]:
    """Holds the lock of flows that work in this checkout, or another lock.

    Raises Busy while another flow does, and InputError where the current directory is not the top
    of a checkout.
    """
    if not lock.parents[1].is_dir():
        raise InputError("the project's top as directory", Path.cwd(), "Change to it.")
    lock.parent.mkdir(exist_ok=True)
    with lock.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy(
                "Another flow is running in this checkout. Wait for it, or cancel it."
            ) from None
        yield


async def check_server() -> None:
    """Raises InputError where PREFECT_API_URL is set and no Prefect server answers there."""
    url = get_current_settings().api.url
    if url:
        try:
            async with asyncio.timeout(5), get_client() as client:
                await client.read_flows(limit=1)
        except Exception as error:  # of as many kinds as there are servers that are not Prefect's
            raise InputError(
                f"No Prefect server answers at PREFECT_API_URL={url} ({error!r}). Start it "
                f"(`make server`), correct the URL (.../api), or do without: {without_server()}."
            ) from None


def without_server() -> str:
    """Returns the command that unsets PREFECT_API_URL, which depends on where it is set."""
    if "PREFECT_API_URL" in os.environ:
        return "`unset PREFECT_API_URL`"
    profile = load_profiles().active_profile
    if profile and PREFECT_API_URL in profile.settings:
        return f"`prefect config unset PREFECT_API_URL`, as the profile {profile.name} has it"
    return "take it out of .env, prefect.toml or pyproject.toml here"


if __name__ == "__main__":  # before `make deploy` and `make worker`
    about = "Checks that a Prefect server answers at PREFECT_API_URL."
    ArgumentParser("python -m flows.command", description=about).parse_args()
    try:
        asyncio.run(check_server())
    except InputError as error:
        sys.exit(f"prefect: {error}")
