"""sweep: a grid over parameters -> one run of sweep-point per point -> a table and RD curves."""

import argparse
import asyncio
import sys
from pathlib import Path

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.running import artifacts
from flows.running.command import alone, check_server, launch
from flows.sweeps import comparison, grid
from flows.sweeps.workers import check_workers, fan_out
from flows.versions.checks import check_author, check_committed, check_pushed, check_remotes
from flows.versions.repository import Repository
from image_compressor.errors import InputError

LOCK = Path(".dvc/tmp/sweep.lock")
POINT = "sweep-point/sweep-point"  # the deployment
TRIES = 3  # for a point whose run crashes


@flow(persist_result=False)
def sweep(values: grid.Grid) -> State:
    """Runs the pipeline of HEAD once for each point of a grid, on all workers of the pool `sweep`.

    Each point is a DVC experiment on HEAD, pushed to the remotes. Points that an earlier sweep has
    pushed do not run again. All points are compared in reports/sweep.

    Args:
        values: the values of each parameter, by names such as train.epochs.

    Returns: Completed; or Failed, naming the points that failed. The other points are compared.
    """
    try:
        grid.check(values)
        check_workers(POINT)
        with alone(LOCK):
            repository = Repository(Path.cwd())
            revision = checked(repository)
            points = {grid.name(point, revision): point for point in grid.points(values)}
            finished = published(repository)
            missing = {name: point for name, point in points.items() if name not in finished}
            failed = run(repository, missing, revision)
            done = {name: point for name, point in points.items() if name not in failed}
            if done:
                rows = comparison.run(repository, revision, done)
                artifacts.sweep(rows, comparison.PICTURE)
    except InputError as error:
        return Failed(message=str(error))
    if failed:
        why = "; ".join(f"{name}: {reason}" for name, reason in failed.items())
        rest = f"The others are compared in {comparison.REPORT}. " if done else ""
        return Failed(message=f"{len(failed)} of {len(points)} points failed. {rest}{why}")
    others = "" if len(missing) == len(points) else ", the others had run before"
    message = f"{len(missing)} of {len(points)} points ran{others}. See {comparison.REPORT}."
    return Completed(message=message)


def checked(repository: Repository) -> str:
    """Returns the commit HEAD. Raises InputError if its points could not be run or pushed."""
    check_author(repository)
    check_remotes(repository)
    check_committed(repository)
    check_pushed(repository)
    return repository.git("rev-parse", "HEAD")


def published(repository: Repository) -> set[str]:
    """The names of the experiments that git's remote has."""
    refs = repository.git("ls-remote", repository.remote, "refs/exps/*").split()
    return {ref.rsplit("/", 1)[1] for ref in refs if "/" in ref}


def run(repository: Repository, points: dict[str, grid.Point], revision: str) -> dict[str, str]:
    """Lets the workers run all points; returns the reason for each failure, by the point's name.

    A point that crashed, because its machine or the network failed, is run again, unless its
    experiment has been pushed: a run that lost its connection may have finished nevertheless.
    """
    parameters = {
        name: {"revision": revision, "name": name, "changes": point}
        for name, point in points.items()
    }
    ended: dict[str, State] = {}
    for _ in range(TRIES):
        ended |= fan_out(POINT, parameters)
        finished = published(repository)
        failed = {name: state for name, state in ended.items() if name not in finished}
        parameters = {name: parameters[name] for name in failed if failed[name].is_crashed()}
    return {name: f"{state.name}. {state.message}" for name, state in failed.items()}


def main(arguments: list[str] | None = None) -> None:
    """`python -m flows.sweep train.epochs=10,20 ...`. Bad input: one line, exit code 1."""
    parser = argparse.ArgumentParser("sweep", description=__doc__)
    parser.add_argument("values", nargs="*", metavar="SECTION.NAME=VALUE,VALUE", help=grid.EXAMPLE)
    options = parser.parse_args(arguments)
    try:
        values = grid.parse(options.values)
        asyncio.run(check_server())
        check_workers(POINT)
    except InputError as error:
        sys.exit(f"sweep: {error}")
    launch(sweep, values, lock=LOCK)


if __name__ == "__main__":
    main()
