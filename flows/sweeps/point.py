"""sweep-point: runs one point of a sweep as a DVC experiment in a clone, and pushes it."""

import json
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
from image_compressor.codec import store
from image_compressor.errors import InputError

DAY = 24 * 3600  # seconds
NO_STORE = {store.VARIABLE: ""}  # the codecs of experiments have written no file


@flow(name="sweep-point", persist_result=False)
def sweep_point(revision: str, name: str, changes: dict[str, Any]) -> State:
    """Runs the pipeline of a commit with other parameters, and pushes the experiment.

    Missing data is pulled from DVC's remote, or made if the remote does not have it.

    Args:
        revision: the commit, which must be at git's remote.
        name: name of the experiment; it replaces one of the same name at the remote.
        changes: new values, by parameters such as train.epochs.

    Returns: Completed, or Failed with the last lines of the command that failed.
    """
    try:
        check_author(Repository(Path.cwd()))
        publish(revision, name, changes)
    except InputError as error:
        return Failed(message=str(error))
    return Completed(message=name)


def worth_retrying(task, run, state) -> bool:
    """Decides whether to retry: not for bad input, nor after a day without an end."""
    return "not finished after" not in state.message and failures.worth_retrying(state.message)


@task(
    cache_policy=NO_CACHE,
    persist_result=False,
    retries=4,
    retry_delay_seconds=[10, 30, 60, 120],
    retry_condition_fn=worth_retrying,
    task_run_name="{name}",
)
def publish(revision: str, name: str, changes: dict[str, Any]) -> None:
    """Runs and pushes the experiment of `sweep_point`.

    A retry after the stages have run takes seconds, because their outputs are in DVC's cache.
    Raises InputError if a command fails.
    """
    settings = [f"--set-param={parameter}={json.dumps(v)}" for parameter, v in changes.items()]
    failed = (FAILED / name).absolute()
    with cloned(revision) as clone, chdir(clone.path):
        with rescuing(clone, failed):
            dvc("exp", "run", "--name", name, "--pull", *settings)
        # Data first, so that an experiment at git's remote is always complete.
        dvc("push")
        dvc("exp", "push", "--no-cache", "--force", clone.remote, name)


def dvc(*arguments: str) -> None:
    """Runs a DVC command and logs its output. Raises InputError if it fails."""
    named = " ".join(["dvc", *arguments[:2]])
    log = get_run_logger().info
    process.run_module(["dvc", *arguments], log, DAY, named, failures.reason, NO_STORE)
