"""Ctrl-C, SIGTERM and SIGHUP end a command without a traceback, with exit code 128 + the signal.

While a command runs, its `finally` blocks remove partial output. During imports and after the
command there is nothing to remove, and an exception could turn into another one, so the process
ends at once.
"""

import os
import signal
import sys
import time
from collections.abc import Callable

SIGNALS = [
    number
    for number in (getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGHUP"))
    if number and signal.getsignal(number) != signal.SIG_IGN  # nohup ignores SIGHUP
]
PATIENCE = 5  # seconds for cleaning up; a closing terminal sends two signals


def at_once() -> None:
    """Makes a signal end this process immediately, from now on."""
    _handle(lambda number, frame: os._exit(128 + number))


def cleanly() -> None:
    """Makes the first signal raise SystemExit, from now on, and a later one end the process."""
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
