"""The stages of dvc.yaml, each as a Prefect task."""

import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from prefect import Task, get_run_logger, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.running import artifacts, failures, process
from flows.versions.repository import Repository
from image_compressor.errors import InputError

HOUR = 3600
TIMEOUTS = {"train": 24 * HOUR}  # HOUR for all others
READING: dict[str, Any] = {"retries": 3, "retry_delay_seconds": [10, 20, 40]}  # of remote storage
# Other stages fail the same way each time.
RETRIES: dict[str, dict[str, Any]] = {"scan": READING, "ingest": READING, "train": {"retries": 1}}

ATOMIC = Path(__file__).with_name("atomic.py")

# DVC prints one of these lines about a stage, unless it restores the stage from its cache.
RAN = "Running stage '{}':"
CACHED = "Stage '{}' didn't change, skipping"


def planned() -> dict[str, bool]:
    """The stages of dvc.yaml in the order in which `dvc repro` goes through them.

    True means that DVC would run or restore the stage even if all stages before it were up to date.
    Stages that always run are left out; run them first, because others depend on their outputs.

    Raises InputError if there are no stages, or DVC cannot read them.
    """
    from dvc.repo import lock_repo
    from dvc.repo.reproduce import plan_repro

    # One lock for both, so that DVC reads its files only once.
    with Repository(Path.cwd()).dvc_repo() as repository, lock_repo(repository):
        stages = [stage for stage in plan_repro(repository.index.graph) if stage.cmd]
        names = [stage.addressing for stage in stages if not stage.always_changed]
        if not names:
            raise InputError("dvc.yaml has no stages. Restore the file.")
        changed = repository.status()
    return {name: name in changed for name in names}


def as_task(stage: str) -> Task[[str, bool, Sequence[str]], State]:
    """Returns the task that reproduces `stage` and has its name."""
    logging.getLogger("prefect.task_runs").addFilter(failures.without_none)
    return reproduce.with_options(name=stage, task_run_name=stage, **RETRIES.get(stage, {}))


def worth_retrying(task, run, state) -> bool:
    """Decides whether to retry a failed stage."""
    return failures.worth_retrying(state.message)


@task(cache_policy=NO_CACHE, persist_result=False, retry_condition_fn=worth_retrying)
def reproduce(stage: str, may_run: bool = True, options: Sequence[str] = ()) -> State:
    """Makes DVC run `stage` if any of its dependencies changed, and logs DVC's output.

    Args:
        may_run: False if the stage is known to be unchanged, which saves asking DVC again.
        options: options for `dvc repro`.

    Returns: Completed, named Cached if nothing changed and Restored if DVC had the results of an
        earlier run; or Failed.
    """
    if not may_run:
        return Completed(name="Cached")
    dvc = [sys.executable, "-P", str(ATOMIC), "--wait-for-lock"]
    # With options, not --single-item: it ignores .dvc files, so missing data would look unchanged.
    command = [*dvc, "repro", *(options or ["--single-item"]), stage]
    seconds = TIMEOUTS.get(stage, HOUR)
    try:
        with artifacts.progress(stage):
            code, printed = process.run(command, get_run_logger().info, seconds)
    except TimeoutError as error:
        return Failed(message=f"{stage} failed: {error}")
    if code:
        return Failed(message=f"{stage} failed: {failures.reason(printed)}")
    if RAN.format(stage) not in printed and CACHED.format(stage) in printed:
        return Completed(name="Cached")
    artifacts.results(stage)
    return Completed(name=None if RAN.format(stage) in printed else "Restored")
