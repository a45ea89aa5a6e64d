"""Partitions as Prefect tasks, on this machine's cores or on the workers of a Dask cluster."""

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


def worth_retrying(task, run, state) -> bool:
    """Decides whether to retry: never for bad input."""
    try:
        state.result()
    except Exception as error:  # whatever the partition raised, here or on a worker
        return isinstance(error, Unreachable) or not isinstance(error, InputError)
    return False


RETRYING: dict[str, Any] = {  # options of a task
    "cache_policy": NO_CACHE,
    "persist_result": False,
    "retries": 3,
    "retry_delay_seconds": [1, 10, 60],
    "retry_condition_fn": worth_retrying,
}
PARTITION = RETRYING | {"task_run_name": "part-{number}"}


def codec_everywhere(codec: str) -> str:
    """Makes the directory of a codec absolute; the name of a released one stays."""
    return codec if codec in exported.names() else absolute(codec)


def absolute(address: str) -> str:
    """Makes a path absolute, so that it does not depend on a worker's current directory."""
    return address if "://" in address else str(Path(address).absolute())


def fan_out(runner: TaskRunner[Any], task: Task[..., Any], items: Iterable[dict]) -> list[Any]:
    """Runs `task` for each item and returns the results. Raises InputError if one failed.

    This is not a subflow, because Prefect limits a flow's parameters to half a megabyte.
    """
    futures = [runner.submit(task, item) for item in items]
    wait(futures)
    results = [_result(future) for future in futures]
    failed = [result for result in results if isinstance(result, Exception)]
    if failed:
        kind = "" if isinstance(failed[0], InputError) else f"{type(failed[0]).__name__}: "
        reason = f"{kind}{failed[0]}".strip().removesuffix(".")
        raise InputError(
            f"{len(failed)} of {len(futures)} partitions failed, the first with: {reason}. Fix "
            "this and run the same command again: finished partitions are not redone."
        )
    return results


def _result(future):
    """Returns the result or the error."""
    try:
        return future.result()
    except Exception as error:  # the partition's own, or Dask's where its workers were lost
        return error


def workers(scheduler: str | None) -> TaskRunner[Any]:
    """Returns the task runner. Raises InputError if no suitable Dask cluster is at the address."""
    if scheduler is None:
        return ThreadPoolTaskRunner(max_workers=WORKERS)
    import cloudpickle
    from prefect_dask import DaskTaskRunner

    import flows

    cloudpickle.register_pickle_by_value(flows)  # not in the package that workers have installed
    with connected(scheduler, "prefect") as client:
        _check_server(client)
    return DaskTaskRunner(address=scheduler)


def _check_server(client):
    """Raises InputError unless all workers reach the Prefect server that is set here."""
    import httpx

    url = get_current_settings().api.url
    if not url:
        raise InputError(
            "A Dask cluster needs a Prefect server that all its workers reach. Start one "
            "(`prefect server start --host HOST`), and set PREFECT_API_URL here."
        )
    answers = client.run(httpx.get, f"{url}/health", timeout=10, on_error="return")
    for worker, answer in answers.items():
        if isinstance(answer, Exception):
            raise InputError(
                f"The worker {worker} cannot reach PREFECT_API_URL={url} "
                f"({type(answer).__name__}: {answer}). Start the server at an address that all "
                "workers reach: `prefect server start --host HOST`."
            )
