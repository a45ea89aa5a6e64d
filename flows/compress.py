"""compress: a set of images -> .imgc files, each partition a task, here or on a Dask cluster."""

import argparse
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.futures import wait
from prefect.states import Completed, Failed
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from flows.command import launch
from image_compressor.bulk import compressing
from image_compressor.bulk.index import Part
from image_compressor.cli.sets import summary
from image_compressor.codec.parallel import WORKERS
from image_compressor.errors import InputError
from image_compressor.places import Unreachable

LOCK = Path(".dvc/tmp/compress.lock")


def may_mend(task, run, state) -> bool:
    """Is it worth another try? Not where the input is bad."""
    try:
        state.result()
    except Exception as error:
        return isinstance(error, Unreachable) or not isinstance(error, InputError)
    return False


@task(
    cache_policy=NO_CACHE,
    persist_result=False,
    retries=3,
    retry_delay_seconds=[1, 10, 60],
    retry_condition_fn=may_mend,
    task_run_name="part-{number}",
)
def partition(job: compressing.Job, number: int, names: list[str]) -> Part:
    """A file of the set, written or found finished."""
    return compressing.compress_part(job, number, names)


@flow(persist_result=False)
def compress(
    source: str,
    output: str,
    codec: str,
    partitions: int,
    quality: int | None = None,
    fit: bool = False,
    skip: bool = False,
    scheduler: str | None = None,
) -> State:
    """Compresses all images below `source` into `output`, as `image-compressor compress` does.

    Args:
        source, output: directories, or addresses such as s3://bucket/images, the same for workers.
        scheduler: address of a Dask scheduler, such as tcp://host:8786; without one the work is
            done in this process, on all cores.

    Returns: Completed; or Failed, naming what failed: the others are kept, and not done again.
    """
    try:
        runner = workers(scheduler)  # before anything is written
        job, names = compressing.begin(source, output, codec, partitions, quality, fit, skip)
        with runner:
            parts = fan_out(runner, job, names)
        return Completed(message=summary(job, compressing.end(job, parts)))
    except InputError as error:
        return Failed(message=str(error))


def fan_out(runner: TaskRunner[Any], job: compressing.Job, names: list[list[str]]) -> list[Part]:
    """All partitions; raises InputError where one failed.

    No flow of its own, whose parameters would be too large: Prefect takes half a megabyte of them.
    """
    futures = [
        runner.submit(partition, {"job": job, "number": number, "names": part})
        for number, part in enumerate(names)
    ]
    wait(futures)
    failed = [future.state for future in futures if not future.state.is_completed()]
    if failed:
        raise InputError(
            f"all {len(names)} partitions to be compressed",
            f"{len(failed)} that failed, the first so: {' '.join(str(failed[0].message).split())}",
            "Mend that, and run the same again: the others are not done again.",
        )
    return [future.result() for future in futures]


def workers(scheduler: str | None) -> TaskRunner[Any]:
    """Raises InputError where no Dask scheduler answers at the address."""
    if scheduler is None:
        return ThreadPoolTaskRunner(max_workers=WORKERS)
    from distributed import Client
    from prefect_dask import DaskTaskRunner

    try:
        with Client(scheduler, timeout=10) as client:
            count = len(client.scheduler_info()["workers"])
            client.get_versions(check=True)
    except (OSError, ValueError, ImportError) as error:
        raise InputError(
            f"a Dask scheduler at {scheduler}",
            f"{type(error).__name__}: {error}",
            "Start it (`dask scheduler`), correct the address, or install its versions here.",
        ) from None
    if not count:
        fix = f"Start some: `dask worker {scheduler}`."
        raise InputError(f"workers at {scheduler}", "none", fix)
    return DaskTaskRunner(address=scheduler)


def main() -> None:
    """`python -m flows.compress SOURCE OUTPUT ...`. Bad input: one line, exit code 1."""
    parser = argparse.ArgumentParser("compress", description=__doc__)
    parser.add_argument("source", help="a directory of images, or s3://...")
    parser.add_argument("output", help="of the set")
    parser.add_argument("--codec", default="models/exported")
    parser.add_argument("--partitions", type=int, required=True, metavar="N")
    parser.add_argument("--quality", type=int)
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--skip", action="store_true", help="leave out what cannot be used")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="of Dask, e.g. tcp://host:8786")
    launch(compress, *vars(parser.parse_args()).values(), lock=LOCK)


if __name__ == "__main__":
    main()
