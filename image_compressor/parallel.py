"""Parallel work on all cores, with results in order and bounded memory."""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import wait
from typing import Any, Generic, TypeVar

from threadpoolctl import ThreadpoolController

from image_compressor.errors import InputError
from image_compressor.scratch import abandon

Item = TypeVar("Item")
Result = TypeVar("Result")
WORKERS = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
CHUNK, CHUNK_BYTES = 64, 2**22  # small items are sent to another process in batches
Own = TypeVar("Own")


class PerProcess(Generic[Own]):
    """A value that each process makes for itself, as locks, threads and connections do not
    survive a fork. It pickles without the value.

    Args:
        make: makes the value. It must not refer to the owner of this object: that would be a
            reference cycle.
    """

    def __init__(self, make: Callable[[], Own]):
        self.make = make
        self._made: dict[int, Own] = {}

    def __call__(self) -> Own:
        """The value of this process."""
        process = os.getpid()
        if process not in self._made:
            self._made.setdefault(process, self.make())  # if two threads race, the first wins
        return self._made[process]

    def __reduce__(self):
        return type(self), (self.make,)


class _Blas:
    """Holds NumPy's matrix products to one thread in a `with` block, in the whole process.

    The threads of a map use all cores already. And on a busy machine, products of small matrices
    with several threads each wait for one another: the SSIM of a photograph then takes 1.4 s, not
    0.05 s.
    """

    def __init__(self):
        self.lock, self.blocks = threading.Lock(), 0
        self.controller = ThreadpoolController()  # finding the libraries takes milliseconds
        self.limit: Any = None

    def __enter__(self):
        with self.lock:
            if self.blocks == 0:
                self.limit = self.controller.limit(limits=1, user_api="blas")
            self.blocks += 1

    def __exit__(self, *error):
        with self.lock:
            self.blocks -= 1
            if self.blocks == 0:
                self.limit.restore_original_limits()


one_blas_thread = PerProcess(_Blas)  # a fork may find the lock taken


def parallel_map(
    function: Callable[[Item], Result],
    items: Iterable[Item],
    pool: Executor | None = None,
    ahead: int = 2 * WORKERS,
) -> Iterator[Result]:
    """`map(function, items)` with one thread a core, up to `ahead` items before the result.

    Threads, because LiteRT releases the interpreter lock while a network runs, so another thread
    can code symbols meanwhile. For work in pure Python pass `processes()` as the pool. Raises
    InputError if one of them is killed, or if a fork of this process continues the iteration.
    """
    pool, process = pool or ThreadPoolExecutor(WORKERS), os.getpid()
    pending: deque = deque()
    try:
        with one_blas_thread():
            for item in items:
                pending.append(pool.submit(function, item))
                if len(pending) > ahead:
                    yield pending.popleft().result()
                    _check_same(process)
            while pending:
                yield pending.popleft().result()
                _check_same(process)
    except BrokenProcessPool as error:
        raise InputError(
            f"A worker process died ({error}). If there was not enough memory for all processes, "
            "free some, or lower ingest.max_pixels when ingesting. "
            'A script of your own must call this below `if __name__ == "__main__":`.'
        ) from None
    finally:
        for future in pending:
            future.cancel()
        pool.shutdown()


def _check_same(process):
    """Raises InputError in a fork, which lacks the threads that it would wait for."""
    if os.getpid() != process:
        raise InputError(
            "This iteration began in the parent process, and a fork does not inherit its threads. "
            "Begin it again here."
        )


def chunks(items: Iterable[Item], size: Callable[[Item], int]) -> Iterator[list[Item]]:
    """Lists of up to CHUNK consecutive items, ended early once they add up to CHUNK_BYTES."""
    chunk: list[Item] = []
    total = 0
    for item in items:
        chunk.append(item)
        total += size(item)
        if len(chunk) == CHUNK or total >= CHUNK_BYTES:
            yield chunk
            chunk, total = [], 0
    if chunk:
        yield chunk


def processes() -> ProcessPoolExecutor:
    """A pool with one process a core; they end with this process, however it ends."""
    # Spawned: a fork of a process with threads, such as TensorFlow's, may hang.
    return _Processes(WORKERS, multiprocessing.get_context("spawn"), _begin)


class _Processes(ProcessPoolExecutor):
    """A pool whose processes ignore Ctrl-C and a closed terminal from their very start.

    `submit` starts them, and the constructor starts the tracker of semaphores.
    """

    def __init__(self, *arguments):
        with _blocked():
            super().__init__(*arguments)

    def submit(self, *arguments, **named):
        with _blocked():
            return super().submit(*arguments, **named)


@contextmanager
def _blocked() -> Iterator[None]:
    """Blocks the signals of the terminal, so that processes started in the block never see them."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, frame: _end())
    parent = multiprocessing.parent_process()
    assert parent is not None
    threading.Thread(target=lambda: _end(wait([parent.sentinel])), daemon=True).start()


def _end(*why):
    """Ends this process and removes what it had only partly written."""
    abandon()
    os._exit(1)
