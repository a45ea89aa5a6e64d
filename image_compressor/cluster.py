"""A Dask cluster: connecting, checking that versions match, and handing work to its workers."""

import os
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from image_compressor.errors import InputError

if TYPE_CHECKING:
    from distributed import Client

PACKAGE = "image-compressor"
SAME = ("python", "dask", "distributed", "cloudpickle", PACKAGE)


@contextmanager
def connected(scheduler: str, *packages: str) -> Iterator["Client"]:
    """A client of the scheduler at an address such as tcp://host:8786.

    Raises InputError if the scheduler cannot be reached, has no workers, or runs a version of
    Python, Dask, this package or one of `packages` that differs from the version here.
    """
    client = _client(scheduler)
    with client:
        found = client.get_versions(packages=[PACKAGE, *packages])
        if not found["workers"]:
            fix = f"Start one: `dask worker {scheduler}`."
            raise InputError(f"The scheduler at {scheduler} has no workers. {fix}")
        here = _versions(found["client"])
        for address, facts in {"the scheduler": found["scheduler"], **found["workers"]}.items():
            there = _versions(facts)
            for name in (*SAME, *packages):
                if there[name] != here[name]:
                    received = f"{there[name] or 'none'} at {address}"
                    fix = "Install the same version there."
                    raise InputError(f"{name} {here[name]}, as here", received, fix)
        yield client


def _client(scheduler):
    try:
        from distributed import Client
    except ImportError as error:
        fix = "Install it: pip install 'image-compressor[flow]'."
        raise InputError("the package distributed, for a Dask cluster", error, fix) from None
    try:
        return Client(scheduler, timeout=10)
    except (OSError, ValueError, ImportError) as error:
        raise InputError(
            f"a Dask scheduler at {scheduler}",
            f"{type(error).__name__}: {error}",
            "Start it (`dask scheduler`), or correct the address.",
        ) from None


def _versions(facts):
    packages = facts["packages"]
    return {**packages, "python": ".".join(packages["python"].split(".")[:2])}


class Workers:
    """The workers of a cluster, for `parallel.parallel_map`.

    Attributes:
        pool: the executor that submits work to them.
        ahead: the number of pending items that keeps all of them busy.
    """

    def __init__(self, client: "Client"):
        self.client = client
        self.pool = client.get_executor(pure=False)  # pure: equal items would run only once
        self.ahead = 2 * sum(client.nthreads().values())

    def check_shared(self, path: Path) -> None:
        """Raises InputError unless every worker can see this path."""
        for worker, found in self.client.run(os.path.exists, str(path)).items():
            if not found:
                fix = "Name a directory that all of them mount, or object storage."
                raise InputError(f"{path} on every worker", f"none on {worker}", fix)


@contextmanager
def workers(scheduler: str, *packages: str) -> Iterator[Workers]:
    """The workers at an address, after the checks of `connected`.

    If a worker dies, others redo its work. Raises InputError if an item kills one worker after
    another, or if the scheduler is lost.
    """
    with connected(scheduler, *packages) as client:
        from distributed.scheduler import KilledWorker

        try:
            yield Workers(client)
        except (KilledWorker, CancelledError) as error:
            raise InputError(
                f"The cluster at {scheduler} was lost ({type(error).__name__}). Check the logs of "
                "its scheduler and workers: a worker that runs out of memory is killed."
            ) from None
