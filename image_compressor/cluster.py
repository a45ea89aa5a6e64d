"""A Dask cluster: what must be the same on its workers, and work that is given to them in order."""

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

    Raises InputError where there is none, where it has no workers, and where Python, Dask, this
    package or one of the other `packages` has another version there than here.
    """
    client = _client(scheduler)
    with client:
        found = client.get_versions(packages=[PACKAGE, *packages])
        if not found["workers"]:
            fix = f"Start some: `dask worker {scheduler}`."
            raise InputError(f"workers at {scheduler}", "none", fix)
        here = _versions(found["client"])
        for place, facts in {"the scheduler": found["scheduler"], **found["workers"]}.items():
            there = _versions(facts)
            for name in (*SAME, *packages):
                if there[name] != here[name]:
                    received = f"{there[name] or 'none'} at {place}"
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
        pool: gives work to them.
        ahead: items that keep all of them busy.
    """

    def __init__(self, client: "Client"):
        self.client = client
        self.pool = client.get_executor(pure=False)  # pure: equal items would be done once
        self.ahead = 2 * sum(client.nthreads().values())

    def check_shared(self, path: Path) -> None:
        """Raises InputError unless every worker finds this path."""
        for worker, found in self.client.run(os.path.exists, str(path)).items():
            if not found:
                fix = "Name a directory that all of them mount, or object storage."
                raise InputError(f"{path} on every worker", f"none on {worker}", fix)


@contextmanager
def workers(scheduler: str, *packages: str) -> Iterator[Workers]:
    """The workers at an address, checked as by `connected`.

    If a worker dies, others redo what it was doing. Raises InputError where work kills one worker
    after another, and where the scheduler is lost.
    """
    with connected(scheduler, *packages) as client:
        from distributed.scheduler import KilledWorker

        try:
            yield Workers(client)
        except (KilledWorker, CancelledError) as error:
            raise InputError(
                f"The cluster at {scheduler} was lost ({type(error).__name__}). Look at the logs "
                "of its scheduler and workers: a worker that ran out of memory is killed."
            ) from None
