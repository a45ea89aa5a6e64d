"""Ends a command with one line at Ctrl-C, SIGTERM or when its terminal is closed."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def stoppable(name: str, then: str) -> Iterator[None]:
    """Raises KeyboardInterrupt in the block at the first signal, and exits with one line.

    An ignored signal stays ignored, such as SIGHUP under nohup.

    Args:
        name: the command's name.
        then: a sentence that tells the user what happens next.
    """
    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number, handler in before.items():
        if handler != signal.SIG_IGN:
            signal.signal(number, _stop)
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(f"{name}: stopped. {then}")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(number, frame) -> NoReturn:
    """Raises KeyboardInterrupt. A second Ctrl-C or SIGTERM kills this process and its children."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a closed terminal may send several
    raise KeyboardInterrupt
