"""Cost of the programs that a flow runs: time, CPU time, memory and, if it is known, energy."""

import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# Linux's counters of the energy of each processor, which often only root may read (RAPL).
COUNTERS = Path("/sys/class/powercap")
UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss, in bytes


@dataclass
class Cost:
    """The cost of the processes that ended since the measurement began.

    Attributes:
        seconds, cpu_seconds: of time, and of all cores.
        memory: the most bytes that one process took.
        joules: of the whole machine meanwhile; None if it does not tell.
    """

    seconds: float = 0
    cpu_seconds: float = 0
    memory: int = 0
    joules: float | None = None

    def __str__(self) -> str:
        energy = "" if self.joules is None else f", {self.joules / 3600:.2g} Wh"
        return (
            f"{self.seconds:,.0f} s, {self.cpu_seconds:,.0f} s of CPU time, at most "
            f"{self.memory / 2**30:.2g} GiB in a process{energy}"
        )


@contextmanager
def measured() -> Iterator[Cost]:
    """Measures the processes that end in the block; the cost is known after it."""
    cost, began, before, energy = Cost(), time.monotonic(), _cpu(), _energy()
    yield cost
    cost.seconds = time.monotonic() - began
    cost.cpu_seconds = _cpu() - before
    cost.memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * UNIT
    after = _energy()
    if after:
        spent = ((after[name][0] - count) % size for name, (count, size) in energy.items())
        cost.joules = sum(spent) / 1e6


def _cpu():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _energy():
    """(microjoules, the number at which they begin anew) of each processor."""
    found = {}
    for package in COUNTERS.glob("intel-rapl:?"):
        try:
            names = ("energy_uj", "max_energy_range_uj")
            count, largest = (int((package / name).read_text()) for name in names)
        except (OSError, ValueError):
            return {}
        found[package.name] = count, largest + 1
    return found
