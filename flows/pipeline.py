"""pipeline: the stages of dvc.yaml, one after another, as a Prefect flow."""

import argparse
from pathlib import Path

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.running import artifacts, stages
from flows.running.command import alone, launch, refused
from flows.versions.repository import Repository
from image_compressor.errors import InputError

PULL = ("--pull", "--allow-missing")  # what changed is run, with no more data than it needs
NOTHING = "Ran: nothing, for nothing changed."


@flow(persist_result=False)
def pipeline(pull: bool = False) -> State:
    """Runs the stages whose code, data or parameters changed; ends with the first that fails.

    Args:
        pull: for a fresh clone: data that is not here does not count as changed; what a stage that
            runs needs of it is pulled from DVC's remote.
    """
    try:
        with alone():
            if pull and not Repository(Path.cwd()).stale():
                return Completed(message=NOTHING)
            return Completed(message=run_stages(*(PULL if pull else ())))
    except InputError as error:
        return refused(error)


def run_stages(*options: str) -> str:
    """Runs the stages that changed, and returns which ran or were restored, in words.

    Args:
        options: of `dvc repro`.

    Raises InputError, with what it said, for the first stage that fails.
    """
    for stage in Repository(Path.cwd()).always_changed():  # what changed is seen by what they write
        _ended(stage, True, options)
    ended: dict[str | None, list[str]] = {"Completed": [], "Restored": [], "Cached": []}
    may_run = False
    for stage, changed in stages.planned().items():
        may_run = may_run or changed
        ended[_ended(stage, may_run, options)].append(stage)
    told = [
        f"{how}: {', '.join(ended[name])}."
        for name, how in (("Completed", "Ran"), ("Restored", "Restored"))
        if ended[name]
    ]
    if told:
        artifacts.commit(Repository(Path.cwd()))
    return " ".join(told) or NOTHING


def _ended(stage, may_run, options) -> str | None:
    """The name of the state that a stage ended in. Raises InputError where it failed."""
    state = stages.as_task(stage)(stage, may_run, options, return_state=True)
    if not state.is_completed():
        raise InputError(f"{state.message}")
    return state.name


if __name__ == "__main__":
    parser = argparse.ArgumentParser("pipeline", description=__doc__)
    parser.add_argument("--pull", action="store_true", help="data from DVC's remote, where needed")
    launch(pipeline, parser.parse_args().pull)
