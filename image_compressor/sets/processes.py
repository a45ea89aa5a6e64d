"""Runs partitions on the cores of this machine."""

import multiprocessing
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from image_compressor.errors import InputError
from image_compressor.parallel import processes

Result = TypeVar("Result")
LOST = 3  # times that a process may die


def run(
    function: Callable[..., Result],
    items: Sequence[tuple[Any, ...]],
    progress: Callable[[Iterable[Any]], Iterable[Any]] = iter,
) -> list[Result]:
    """`function(*item)` for each item, in order, with one process a core.

    An error does not stop the other items; at the end, the error of the first one is raised. If a
    process dies, the unfinished items are retried.

    Args:
        progress: wraps the iterable of results, e.g. `tqdm`.

    Raises InputError if processes die again and again.
    """
    results: dict[int, Result] = {}
    errors: dict[int, Exception] = {}
    for _ in range(LOST + 1):
        left = [n for n in range(len(items)) if n not in results and n not in errors]
        if not left:
            break
        with processes() as pool:
            futures = {pool.submit(function, *items[number]): number for number in left}
            try:
                for future in progress(as_completed(futures)):
                    error = future.exception()
                    if error is None:
                        results[futures[future]] = future.result()
                    elif isinstance(error, BrokenProcessPool):
                        continue
                    elif isinstance(error, Exception):
                        errors[futures[future]] = error
            except BaseException:  # Ctrl-C and SIGTERM too; raised again below
                pool.shutdown(wait=False, cancel_futures=True)
                for process in multiprocessing.active_children():  # do not wait for their items
                    process.terminate()
                raise
    if errors:
        raise errors[min(errors)]
    if len(results) < len(items):
        raise InputError(
            f"Worker processes were killed {LOST + 1} times, probably for lack of memory. "
            "Free some, and run this again."
        )
    return [results[number] for number in range(len(items))]
