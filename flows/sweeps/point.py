"""sweep-point: one point of a sweep, as a DVC experiment in a clone, pushed."""

import json
import sys
from contextlib import chdir
from pathlib import Path
from typing import Any

from prefect import flow, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.running import failures, process
from flows.versions.checks import check_author
from flows.versions.clone import FAILED, cloned, rescuing
from flows.versions.repository import Repository
from image_compressor.errors import InputError

DAY = 24 * 3600  # seconds


@flow(name="sweep-point", persist_result=False)
def sweep_point(revision: str, name: str, changes: dict[str, Any]) -> State:
    """Runs the pipeline of a commit with other parameters, and pushes the experiment.

    Data that this machine has not are pulled, or made where DVC's remote has not either.

    Args:
        revision: the commit, which git's remote has.
        name: of the experiment; one of that name at the remote is replaced.
        changes: new values, by parameters such as train.epochs.

    Returns: Completed, or Failed with the last lines of the command that failed.
    """
    try:
        check_author(Repository(Path.cwd()))
        publish(revision, name, changes)
    except InputError as error:
        return Failed(message=str(error))
    return Completed(message=name)


def may_mend(task, run, state) -> bool:
    """Decides on another try: none for bad input, or after a stage that took a day."""
    return "not finished after" not in state.message and failures.may_mend(state.message)


@task(
    cache_policy=NO_CACHE,
    persist_result=False,
    retries=4,
    retry_delay_seconds=[10, 30, 60, 120],
    retry_condition_fn=may_mend,
    task_run_name="{name}",
)
def publish(revision: str, name: str, changes: dict[str, Any]) -> None:
    """As `sweep_point`. Once more takes seconds after the stages: DVC's cache has what they made.

    Raises InputError where a command fails.
    """
    settings = [f"--set-param={parameter}={json.dumps(v)}" for parameter, v in changes.items()]
    failed = (FAILED / name).absolute()
    with cloned(revision) as clone, chdir(clone.path):
        with rescuing(clone, failed):
            dvc("exp", "run", "--name", name, "--pull", *settings)
        # Data first: an experiment that is at git's remote is all there.
        dvc("push")
        dvc("exp", "push", "--no-cache", "--force", clone.remote, name)


def dvc(*arguments: str) -> None:
    """Runs a command of DVC, whose lines are logged. Raises InputError where it fails."""
    command = [sys.executable, "-m", "dvc", *arguments]
    failed = f"`dvc {' '.join(arguments[:2])}` failed"
    try:
        code, printed = process.run(command, get_run_logger().info, DAY)
    except TimeoutError as error:
        raise InputError(f"{failed}: {error}.") from None
    if code:
        raise InputError(f"{failed}: {failures.reason(printed)}")
