"""Runs a short command with a timeout that ends all processes it started."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path


def output(
    command: Sequence[str],
    seconds: float,
    environment: Mapping[str, str],
    cwd: Path | None = None,
) -> tuple[int, str, str]:
    """Runs `command`. Its processes end with this call, unless this process is killed by kill -9.

    Returns: the exit code, standard output and standard error.
    Raises TimeoutError if it takes longer than `seconds`.
    """
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env=environment,
        cwd=cwd,
        start_new_session=True,  # its own group, so that its children can be killed too
    ) as process:
        try:
            printed, errors = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"not finished after {seconds} seconds") from None
        finally:
            with suppress(ProcessLookupError):  # usually, no process is left
                os.killpg(process.pid, signal.SIGKILL)
    return process.returncode, printed, errors
