"""A short command that ends in time, with all processes that it starts."""

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
    """Runs `command`. Whatever ends this, but for kill -9, ends all that the command started.

    Returns: its exit code, standard output and standard error.
    Raises TimeoutError after so many seconds.
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
        start_new_session=True,  # a group of its own, to end what it starts too
    ) as process:
        try:
            printed, errors = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"not finished after {seconds} seconds") from None
        finally:
            with suppress(ProcessLookupError):  # nothing is left, as a rule
                os.killpg(process.pid, signal.SIGKILL)
    return process.returncode, printed, errors
