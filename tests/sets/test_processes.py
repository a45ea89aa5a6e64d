import os
import signal
from pathlib import Path

import pytest

from image_compressor import InputError
from image_compressor.sets import processes


def lost_once(directory, number):
    """Kills its own process the first time that it is called with 3."""
    mark = Path(directory, str(number))
    if number == 3 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number**2


def lost(number):
    os.kill(os.getpid(), signal.SIGKILL)


def odd_only(directory, number):
    if number % 2 == 0:
        raise InputError("an odd number", number, "Give one.")
    Path(directory, str(number)).touch()


def test_the_work_of_a_process_that_died_is_redone(tmp_path):
    items = [(tmp_path, number) for number in range(10)]
    assert processes.run(lost_once, items) == [number**2 for number in range(10)]


def test_processes_that_die_again_and_again_are_an_error_of_one_line():
    with pytest.raises(InputError, match="killed 4 times"):
        processes.run(lost, [(1,)])


def test_an_error_does_not_stop_the_others_and_the_first_is_raised(tmp_path):
    with pytest.raises(InputError, match="Received: 0"):
        processes.run(odd_only, [(tmp_path, number) for number in range(6)])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1", "3", "5"]
