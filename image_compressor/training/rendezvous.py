"""Connects processes on several machines that train together."""

import atexit
import logging
import os
import socket
import sys
import time
from contextlib import suppress

from image_compressor.errors import InputError

PROCESS = "KERAS_DISTRIBUTION_PROCESS_ID"  # Keras' name for it
PATIENCE = 300  # seconds that the others wait for the first process
DAY = 24 * 3600  # seconds that the first one waits; long, because JAX's timeout prints a traceback
SILENCE = 30  # seconds without a heartbeat after which a process counts as lost
log = logging.getLogger("train")


def meet(addresses: list[str]) -> int:
    """Connects this process with the others through JAX; returns its number.

    The number is in the environment variable KERAS_DISTRIBUTION_PROCESS_ID; 0 by default.

    Args:
        addresses: HOST:PORT of each process; the others connect to the first one, which waits.

    Raises InputError for an invalid number, or if the first process does not answer or its port is
    in use.
    """
    import jax

    process = os.environ.get(PROCESS, "0")
    if process not in map(str, range(len(addresses))):
        wanted = f"{PROCESS} from 0 to {len(addresses) - 1}, as train.devices has {len(addresses)}"
        raise InputError(wanted, process, "Set a different number on each machine.")
    first = addresses[0]
    log.info("process %s of %d: waiting for the others at %s", process, len(addresses), first)
    if process != "0":
        _wait_for(first)
    elif not _free(first):
        raise InputError(
            f"The port of {first} is already in use on this machine. Stop the process that uses "
            "it, or choose another port in train.devices."
        )
    jax.distributed.initialize(
        first,
        len(addresses),
        int(process),
        initialization_timeout=DAY,
        heartbeat_timeout_seconds=SILENCE,
    )
    atexit.register(_end)
    return int(process)


def part() -> None:
    """Ends the connection; waits until all processes do."""
    import jax

    jax.distributed.shutdown()
    atexit.unregister(_end)


def _wait_for(address):
    ends = time.monotonic() + PATIENCE
    while True:
        try:
            socket.create_connection(_host_and_port(address), timeout=5).close()
            return
        except OSError as error:
            if time.monotonic() > ends:
                raise InputError(
                    f"The first process of the training does not answer at {address} after "
                    f"{PATIENCE} s ({error}). Start it, or correct train.devices."
                ) from None
            time.sleep(1)


def _free(address):
    with suppress(OSError), socket.create_server(("", _host_and_port(address)[1])):
        return True
    return False


def _host_and_port(address):
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def _end():
    """Exits at once after an error, because JAX would wait for processes that wait for this one."""
    sys.stdout.flush()
    os._exit(1)
