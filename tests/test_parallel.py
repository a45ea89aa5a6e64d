import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
import time

import psutil
import pytest

from image_compressor import InputError
from image_compressor.parallel import (
    CHUNK,
    CHUNK_BYTES,
    WORKERS,
    PerProcess,
    chunks,
    parallel_map,
    processes,
)


def test_results_come_in_the_order_of_the_items():
    def slow_first(number):
        time.sleep(0.02 * (number % 3 == 0))
        return number

    assert list(parallel_map(slow_first, range(20))) == list(range(20))


def test_only_a_few_items_are_taken_ahead_of_the_results():
    taken = []
    for done, _ in enumerate(parallel_map(abs, (taken.append(n) or n for n in range(100)))):
        assert len(taken) <= done + 2 * WORKERS + 1
    assert len(taken) == 100


@pytest.mark.skipif(WORKERS == 1, reason="one core")
def test_items_are_processed_concurrently():
    barrier = threading.Barrier(2, timeout=30)
    assert len(list(parallel_map(lambda _: barrier.wait(), range(2)))) == 2


@pytest.mark.parametrize("fails", ["items", "function"])
def test_an_error_is_raised_in_order_and_ends_the_work(fails):
    def items():
        for number in range(100):
            if fails == "items" and number == 5:
                raise KeyError("items")
            yield number

    done = []

    def function(number):
        if fails == "function" and number == 5:
            raise KeyError("function")
        done.append(number)
        return number

    results = parallel_map(function, items())
    with pytest.raises(KeyError, match=fails):
        list(results)
    assert len(done) <= 6 + 2 * WORKERS


def test_no_thread_stays_when_the_iteration_is_closed():
    before = threading.active_count()
    results = parallel_map(abs, range(100))
    next(results)
    assert threading.active_count() > before
    results.close()
    assert threading.active_count() == before


def test_items_go_to_other_processes_in_chunks_and_in_order():
    parts = list(chunks(range(300), lambda _: 1))
    assert [len(part) for part in parts] == [CHUNK] * (300 // CHUNK) + [300 % CHUNK]
    assert [len(part) for part in chunks(range(5), lambda _: CHUNK_BYTES // 2)] == [2, 2, 1]
    sizes = [CHUNK_BYTES - 1, 1, CHUNK_BYTES - 1, 1, 5]
    assert [len(part) for part in chunks(sizes, int)] == [2, 2, 1]
    assert list(parallel_map(sum, parts, processes())) == [sum(part) for part in parts]


def test_a_process_that_is_killed_is_one_line():
    with pytest.raises(InputError, match="memory for all processes"):
        list(parallel_map(os._exit, [1, 1], processes()))


def test_processes_end_with_the_one_that_started_them():
    code = (
        "import os, time; from image_compressor.parallel import parallel_map, processes\n"
        "for pid in parallel_map(eval, ['__import__(\"os\").getpid()'], processes()):\n"
        "    print(pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
    ) as parent:
        worker = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
    worker.wait(timeout=30)


def test_each_process_makes_its_value_once():
    own = PerProcess(threading.Lock)
    assert own() is own()
    other = pickle.loads(pickle.dumps(own))
    assert other() is not own()
    with own(), multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.apply(lock_of, [own]) and pool.apply(lock_of, [own])


def lock_of(own):
    """Takes the lock; it would block if the lock were held."""
    with own():
        return True
