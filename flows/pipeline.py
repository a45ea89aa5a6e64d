"""pipeline: runs the stages of dvc.yaml, one after another, as a Prefect flow."""

import argparse
from pathlib import Path

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.running import artifacts, stages
from flows.running.command import alone, launch, refused
from flows.versions.repository import Repository
from image_compressor.errors import InputError

PULL = ("--pull", "--allow-missing")  # pulls only the data that the changed stages need
NOTHING = "Nothing ran, because nothing changed."


@flow(persist_result=False)
def pipeline(pull: bool = False) -> State:
    """Runs the stages whose code, data or parameters changed; stops at the first that fails.

    Args:
        pull: for a fresh clone: missing data does not count as changed, and the data that a stage
            needs is pulled from DVC's remote when the stage runs.
    """
    try:
        with alone():
            if pull and not Repository(Path.cwd()).stale():
                return Completed(message=NOTHING)
            return Completed(message=run_stages(*(PULL if pull else ())))
    except InputError as error:
        return refused(error)


def run_stages(*options: str) -> str:
    """Runs the stages that changed, and returns a sentence saying which ran or were restored.

    Args:
        options: options for `dvc repro`.

    Raises InputError with the message of the first stage that fails.
    """
    for stage in Repository(Path.cwd()).always_changed():  # their outputs show what else changed
        _ended(stage, True, options)
    ended: dict[str | None, list[str]] = {"Completed": [], "Restored": [], "Cached": []}
    may_run = False
    for stage, changed in stages.planned().items():
        may_run = may_run or changed
        ended[_ended(stage, may_run, options)].append(stage)
    sentences = [
        f"{how}: {', '.join(ended[name])}."
        for name, how in (("Completed", "Ran"), ("Restored", "Restored"))
        if ended[name]
    ]
    if sentences:
        artifacts.commit(Repository(Path.cwd()))
    return " ".join(sentences) or NOTHING


def _ended(stage, may_run, options) -> str | None:
    """Runs a stage and returns the name of its final state. Raises InputError if it failed."""
    state = stages.as_task(stage)(stage, may_run, options, return_state=True)
    if not state.is_completed():
        raise InputError(f"{state.message}")
    return state.name


if __name__ == "__main__":
    parser = argparse.ArgumentParser("pipeline", description=__doc__)
    parser.add_argument("--pull", action="store_true", help="pull needed data from DVC's remote")
    launch(pipeline, parser.parse_args().pull)
