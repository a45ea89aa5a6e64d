"""A command in a process group that never outlives this process."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

import anyio

from flows import supervise

ENVIRONMENT = {
    # Stages say `python`: the one that runs this, whether or not its environment is active.
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    "PYTHONUNBUFFERED": "1",
    "TQDM_MININTERVAL": "30",  # seconds: a progress bar is a line in the log each time it moves
}


async def run(command: Sequence[str], log: Callable[[str], object]) -> tuple[int, list[str]]:
    """Runs `command`, calling `log` with each line as it is printed, blank ones left out.

    Whatever ends this, cancellation and kill -9 too, ends all processes that the command started.

    Returns: its exit code and its lines.
    """
    with subprocess.Popen(
        [sys.executable, "-I", supervise.__file__, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,  # a carriage return ends a line too, as in progress bars
        errors="replace",
        env={**os.environ, **ENVIRONMENT},
        start_new_session=True,
    ) as process:
        assert process.stdin and process.stdout
        reading = asyncio.create_task(asyncio.to_thread(_read, process.stdout, log))
        # Threads, for asyncio's own processes are not over before all have closed the pipe.
        try:
            await asyncio.to_thread(process.wait)
        finally:
            process.stdin.close()  # the supervisor's sign to kill
            with anyio.CancelScope(shield=True):
                code = await asyncio.to_thread(process.wait)
                with suppress(ProcessLookupError):  # nothing is left, as a rule
                    os.killpg(process.pid, signal.SIGKILL)
                printed = await reading
    return code, printed


def _read(stream: IO[str], log: Callable[[str], object]) -> list[str]:
    printed = []
    for line in filter(None, map(str.rstrip, stream)):
        log(line)
        printed.append(line)
    return printed
