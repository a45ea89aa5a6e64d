"""A command in a process group that never outlives this process."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import IO

from flows.running import supervise

ENVIRONMENT = {
    # Stages say `python`: the one that runs this, whether or not its environment is active.
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    "PYTHONUNBUFFERED": "1",
    "TQDM_MININTERVAL": "30",  # seconds: a progress bar is a line in the log each time it moves
}


def run(
    command: Sequence[str],
    log: Callable[[str], object],
    seconds: float,
    *,
    cwd: Path | None = None,
    environment: Mapping[str, str] = os.environ,
    errors: int | IO[str] = subprocess.STDOUT,
) -> tuple[int, list[str]]:
    """Runs `command`, calling `log` with each line as it is printed, blank ones left out.

    Whatever ends this, a signal and kill -9 too, ends all processes that the command started.

    Args:
        errors: where standard error goes; by default its lines are among the others.

    Returns: its exit code and its lines.
    Raises TimeoutError after so many seconds.
    """
    printed = []
    with (
        subprocess.Popen(
            [sys.executable, "-I", supervise.__file__, *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,  # a carriage return ends a line too, as in progress bars
            errors="replace",
            cwd=cwd,
            env={**environment, **ENVIRONMENT},
            start_new_session=True,
        ) as process,
        ThreadPoolExecutor(1) as thread,
    ):
        assert process.stdin and process.stdout
        end = thread.submit(_end, process, seconds)
        try:
            for line in filter(None, map(str.rstrip, process.stdout)):
                log(line)
                printed.append(line)
        finally:
            process.stdin.close()  # the supervisor's sign to kill
    return end.result(), printed


def _end(process, seconds):
    """Waits for the end; what is left then of the process group holds the output open."""
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.stdin.close()
        process.wait()
        raise TimeoutError(f"not finished after {seconds} seconds") from None
    finally:
        with suppress(ProcessLookupError):  # nothing is left, as a rule
            os.killpg(process.pid, signal.SIGKILL)
