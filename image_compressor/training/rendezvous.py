"""Processes on several machines that train together: how they find each other, and part."""

import atexit
import logging
import os
import socket
import sys
import time
from contextlib import suppress

from image_compressor.errors import InputError

PROCESS = "KERAS_DISTRIBUTION_PROCESS_ID"  # Keras' name for it
PATIENCE = 300  # that the others wait for the first process
DAY = 24 * 3600  # seconds, as long as the first waits: JAX ends what waited too long by a trace
SILENCE = 30  # seconds without a sign of life, after which a process is taken for lost
log = logging.getLogger("train")


def meet(addresses: list[str]) -> int:
    """Connects this process with the others, by JAX; returns its number.

    That is what the environment variable KERAS_DISTRIBUTION_PROCESS_ID says; 0 without it.

    Args:
        addresses: HOST:PORT of each; the others come to that of the first, which waits for them.

    Raises InputError for another number, where the first is not there, and where it cannot be.
    """
    import jax

    process = os.environ.get(PROCESS, "0")
    if process not in map(str, range(len(addresses))):
        wanted = f"{PROCESS} from 0 to {len(addresses) - 1}, as train.devices has {len(addresses)}"
        raise InputError(wanted, process, "Set it, on each machine to another.")
    first = addresses[0]
    log.info("process %s of %d: waiting for the others at %s", process, len(addresses), first)
    if process != "0":
        _wait_for(first)
    elif not _free(first):
        fix = "End what has it, or name another in train.devices."
        raise InputError(f"a port of this machine that is free, as {first}", "one in use", fix)
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
    """Ends the connection, once all want to."""
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
                    f"the first process of the training at {address}",
                    f"{error}, for {PATIENCE} s",
                    "Start it, or correct train.devices.",
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
    """After an error: JAX would wait for the other processes, which wait for this one."""
    sys.stdout.flush()
    os._exit(1)
