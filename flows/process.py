"""A command in a process group that never outlives this process."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from pathlib import Path

import anyio

from flows import supervise

ENVIRONMENT = {
    # Stages say `python`: the one that runs this, whether or not its environment is active.
    "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    "PYTHONUNBUFFERED": "1",
    "TQDM_MININTERVAL": "30",  # seconds: a progress bar is a line in the log each time it moves
}


async def run(command: Sequence[str], log: Callable[[str], object]) -> tuple[int, list[str]]:
    """Runs `command`, calling `log` with each line as it is printed.

    Whatever ends this, cancellation and kill -9 too, ends all processes that the command started.

    Returns: its exit code and its lines.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", supervise.__file__, *command),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, **ENVIRONMENT},
        start_new_session=True,
    )
    assert process.stdin and process.stdout
    reading = asyncio.create_task(_read(process.stdout, log))
    try:
        await process.wait()
    finally:
        process.stdin.close()
        with anyio.CancelScope(shield=True):
            code = await process.wait()
            with suppress(ProcessLookupError):  # what the command, or a killed supervisor, left
                os.killpg(process.pid, signal.SIGKILL)
            printed = await reading
    return code, printed


async def _read(stream, log):
    printed = []
    async for line in _lines(stream):
        log(line)
        printed.append(line)
    return printed


async def _lines(stream: asyncio.StreamReader) -> AsyncIterator[str]:
    """Lines that are not blank; a carriage return ends one too, as in progress bars."""
    rest = b""
    while chunk := await stream.read(2**16):
        *lines, rest = re.split(rb"[\r\n]", rest + chunk)
        for line in filter(bytes.strip, lines):
            yield line.decode(errors="replace")
    if rest.strip():
        yield rest.decode(errors="replace")
