"""Partitions as tasks: on the cores here, or on the workers of a Dask cluster."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from prefect import Task
from prefect.cache_policies import NO_CACHE
from prefect.futures import wait
from prefect.settings import get_current_settings
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from image_compressor.cluster import connected
from image_compressor.codec import exported
from image_compressor.errors import InputError
from image_compressor.parallel import WORKERS
from image_compressor.storage import Unreachable


def may_mend(task, run, state) -> bool:
    """Decides on another try: there is none for bad input."""
    try:
        state.result()
    except Exception as error:  # whatever the partition raised, here or on a worker
        return isinstance(error, Unreachable) or not isinstance(error, InputError)
    return False


PARTITION: dict[str, Any] = {  # what its task is
    "cache_policy": NO_CACHE,
    "persist_result": False,
    "retries": 3,
    "retry_delay_seconds": [1, 10, 60],
    "retry_condition_fn": may_mend,
    "task_run_name": "part-{number}",
}


def everywhere(source: str, output: str, codec: str) -> tuple[str, str, str]:
    """The same places, whatever directory a worker was started in."""
    place = codec if codec in exported.names() else _absolute(codec)
    return _absolute(source), _absolute(output), place


def _absolute(address):
    return address if "://" in address else str(Path(address).absolute())


def fan_out(runner: TaskRunner[Any], task: Task[..., Any], items: Iterable[dict]) -> list[Any]:
    """What `task` gives for the parameters of each partition. Raises InputError where one failed.

    No flow of its own, whose parameters would be too large: Prefect takes half a megabyte of them.
    """
    futures = [runner.submit(task, item) for item in items]
    wait(futures)
    results = [_result(future) for future in futures]
    failed = [result for result in results if isinstance(result, Exception)]
    if failed:
        kind = "" if isinstance(failed[0], InputError) else f"{type(failed[0]).__name__}: "
        raise InputError(
            f"all {len(futures)} partitions to be finished",
            f"{len(failed)} that failed, the first so: {kind}{' '.join(str(failed[0]).split())}",
            "Mend that, and run the same again: the others are not done again.",
        )
    return results


def _result(future):
    """The result, or the error."""
    try:
        return future.result()
    except Exception as error:  # the partition's own, or Dask's where its workers were lost
        return error


def workers(scheduler: str | None) -> TaskRunner[Any]:
    """Raises InputError where no Dask cluster that could do the work is at the address."""
    if scheduler is None:
        return ThreadPoolTaskRunner(max_workers=WORKERS)
    import cloudpickle
    from prefect_dask import DaskTaskRunner

    import flows

    cloudpickle.register_pickle_by_value(flows)  # workers have the package, which is without them
    with connected(scheduler, "prefect") as client:
        _check_server(client)
    return DaskTaskRunner(address=scheduler)


def _check_server(client):
    """Tasks report to the Prefect server that is set here, wherever they run."""
    import httpx

    url = get_current_settings().api.url
    if not url:
        fix = "Start one (`prefect server start --host HOST`), and set PREFECT_API_URL here."
        raise InputError("a Prefect server that all workers reach", "none", fix)
    answers = client.run(httpx.get, f"{url}/health", timeout=10, on_error="return")
    for place, answer in answers.items():
        if isinstance(answer, Exception):
            raise InputError(
                f"PREFECT_API_URL={url} to be reached by all workers",
                f"{type(answer).__name__}: {answer}, at {place}",
                "Have it serve an address that they reach (`prefect server start --host HOST`).",
            )
