import threading
import time

import pytest

from image_compressor.codec.parallel import WORKERS, ordered


def test_results_come_in_the_order_of_the_items():
    def slow_first(number):
        time.sleep(0.02 * (number % 3 == 0))
        return number

    assert list(ordered(slow_first, range(20))) == list(range(20))


def test_few_items_are_taken_ahead_of_the_results():
    taken = []
    for done, _ in enumerate(ordered(abs, (taken.append(n) or n for n in range(100)))):
        assert len(taken) <= done + 2 * WORKERS + 1
    assert len(taken) == 100


@pytest.mark.skipif(WORKERS == 1, reason="one core")
def test_items_are_worked_on_at_once():
    meeting = threading.Barrier(2, timeout=30)
    assert len(list(ordered(lambda _: meeting.wait(), range(2)))) == 2


@pytest.mark.parametrize("fails", ["items", "function"])
def test_an_error_comes_out_where_it_happened_and_ends_the_work(fails):
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

    results = ordered(function, items())
    with pytest.raises(KeyError, match=fails):
        list(results)
    assert len(done) <= 6 + 2 * WORKERS


def test_no_thread_stays_when_the_results_are_not_wanted():
    before = threading.active_count()
    results = ordered(abs, range(100))
    next(results)
    assert threading.active_count() > before
    results.close()
    assert threading.active_count() == before
