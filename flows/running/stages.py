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
TIMEOUTS = {"train": 24 * HOUR}  # until a stage has failed; HOUR for all others
READING: dict[str, Any] = {"retries": 3, "retry_delay_seconds": [10, 20, 40]}  # from a storage
# Only where another try may help.
RETRIES: dict[str, dict[str, Any]] = {"scan": READING, "ingest": READING, "train": {"retries": 1}}

ATOMIC = Path(__file__).with_name("atomic.py")

# What DVC prints of a stage that it runs, and of one that needs nothing; else it restores it.
RAN = "Running stage '{}':"
CACHED = "Stage '{}' didn't change, skipping"


def planned() -> dict[str, bool]:
    """The stages of dvc.yaml in the order in which `dvc repro` goes through them.

    True: it would run or restore the stage even if all before it were up to date. Stages that
    always run are left out; run them first, as what they write decides what has changed.

    Raises InputError where there are none, or DVC cannot read them.
    """
    from dvc.repo import lock_repo
    from dvc.repo.reproduce import plan_repro

    # Under one lock, for which DVC reads its files once.
    with Repository(Path.cwd()).dvc_repo() as repository, lock_repo(repository):
        stages = [stage for stage in plan_repro(repository.index.graph) if stage.cmd]
        names = [stage.addressing for stage in stages if not stage.always_changed]
        if not names:
            raise InputError("stages in dvc.yaml", "none", "Restore the file.")
        changed = repository.status()
    return {name: name in changed for name in names}


def as_task(stage: str) -> Task[[str, bool, Sequence[str]], State]:
    """The task named after `stage` that is to reproduce it."""
    logging.getLogger("prefect.task_runs").addFilter(failures.without_none)
    return reproduce.with_options(name=stage, task_run_name=stage, **RETRIES.get(stage, {}))


def may_mend(task, run, state) -> bool:
    """Decides whether a stage that has tries left is tried again."""
    return failures.may_mend(state.message)


@task(cache_policy=NO_CACHE, persist_result=False, retry_condition_fn=may_mend)
def reproduce(stage: str, may_run: bool = True, options: Sequence[str] = ()) -> State:
    """Has DVC run `stage` if anything that it depends on changed, and logs what it prints.

    Args:
        may_run: False where it is known that nothing changed, which saves asking DVC again.
        options: of `dvc repro`.

    Returns: Completed, named Cached where nothing changed and Restored where DVC had the results
        of an earlier run; or Failed.
    """
    if not may_run:
        return Completed(name="Cached")
    dvc = [sys.executable, "-P", str(ATOMIC), "--wait-for-lock"]
    # Alone, a stage knows no .dvc file before it: what lacks here would pass for unchanged.
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
