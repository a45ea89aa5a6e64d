"""Ctrl-C, SIGTERM and SIGHUP end a command alike: without a trace, its exit code 128 + the signal.

What was begun is cleared, by the `finally` that each has. While modules are imported, and once the
command is done, there is nothing to clear, and an exception could become another: by then the
process ends at once.
"""

import os
import signal
import sys
import time
from collections.abc import Callable

SIGNALS = [
    number
    for number in (getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGHUP"))
    if number and signal.getsignal(number) != signal.SIG_IGN  # as nohup has it
]
PATIENCE = 5  # seconds for clearing; a terminal that closes sends two signals


def at_once() -> None:
    """Lets a signal end this process from here on."""
    _handle(lambda number, frame: os._exit(128 + number))


def cleanly() -> None:
    """Lets the first signal raise SystemExit from here on, and a second one end the process."""
    _handle(_exit)


def _exit(number, frame):
    began = time.monotonic()

    def again(number, frame):
        if time.monotonic() - began > PATIENCE:
            os._exit(128 + number)

    _handle(again)
    sys.exit(128 + number)


def _handle(handler: Callable) -> None:
    for number in SIGNALS:
        signal.signal(number, handler)
