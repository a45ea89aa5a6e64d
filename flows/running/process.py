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
from image_compressor.errors import InputError

ENVIRONMENT = {
    # Stages call `python`: make it this interpreter, even if its environment is not activated.
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    "PYTHONUNBUFFERED": "1",
    "TQDM_MININTERVAL": "30",  # seconds: each update of a progress bar is a line in the log
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
    """Runs `command`, and calls `log` with each line as it is printed, except blank ones.

    All processes that the command started end with this one, even if it is killed by kill -9.

    Args:
        errors: destination of standard error; by default it is merged with standard output.

    Returns: the exit code and the lines.
    Raises TimeoutError after `seconds`.
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
            process.stdin.close()  # makes the supervisor kill the command
    return end.result(), printed


def run_module(
    arguments: Sequence[str],
    log: Callable[[str], object],
    seconds: float,
    named: str,
    reason: Callable[[list[str]], str] = lambda printed: " ".join(printed[-1:]),
    variables: Mapping[str, str] | None = None,
) -> None:
    """Runs a Python module with its arguments, as `run` does.

    Args:
        named: what failed, for the error.
        reason: finds why among the lines it printed; by default the last.
        variables: further environment variables.

    Raises InputError if it fails or takes longer.
    """
    try:
        command, environment = [sys.executable, "-m", *arguments], os.environ | (variables or {})
        code, printed = run(command, log, seconds, environment=environment)
    except TimeoutError as error:
        raise InputError(f"`{named}` failed: {error}.") from None
    if code:
        raise InputError(f"`{named}` failed: {reason(printed)}")


def _end(process, seconds):
    """Waits for the end, then kills the rest of the group, which would keep the output open."""
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.stdin.close()
        process.wait()
        raise TimeoutError(f"not finished after {seconds} seconds") from None
    finally:
        with suppress(ProcessLookupError):  # usually, nothing is left
            os.killpg(process.pid, signal.SIGKILL)
