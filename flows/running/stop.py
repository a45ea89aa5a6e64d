"""Ctrl-C, SIGTERM and a closed terminal: a command ends with one line."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def stoppable(name: str, then: str) -> Iterator[None]:
    """Raises KeyboardInterrupt in the block at the first signal, and exits with one line.

    A signal that is ignored stays so, as SIGHUP under nohup.

    Args:
        name: of the command.
        then: a sentence for whoever stopped it.
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
    """A second Ctrl-C or SIGTERM kills at once; what was started ends with this process."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a closed terminal may send several
    raise KeyboardInterrupt
