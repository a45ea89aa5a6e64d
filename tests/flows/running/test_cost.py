"""Cost of the programs that a flow runs."""

import re
import subprocess
import sys

import pytest

from flows.running import cost

WORK = """
import time
end = time.process_time() + .3
while time.process_time() < end:
    x = b" " * 2**27
"""


def counter(directory, number, microjoules):
    package = directory / f"intel-rapl:{number}"
    package.mkdir(exist_ok=True)
    (package / "energy_uj").write_text(f"{microjoules}\n")
    (package / "max_energy_range_uj").write_text("9999999\n")


def test_time_and_memory_are_those_of_the_programs(tmp_path, monkeypatch):
    monkeypatch.setattr(cost, "COUNTERS", tmp_path)
    with cost.measured() as measured:
        subprocess.run([sys.executable, "-c", WORK], check=True)
    assert measured.seconds >= measured.cpu_seconds / 2 > 0.1
    assert measured.memory > 2**27
    assert measured.joules is None
    said = r"\d+ s, \d+ s of CPU time, at most [\d.]+ GiB in a process"
    assert re.fullmatch(said, str(measured))


def test_energy_is_the_sum_of_counters_that_begin_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(cost, "COUNTERS", tmp_path)
    counter(tmp_path, 0, 9_000_000)
    counter(tmp_path, 1, 1_000_000)
    with cost.measured() as measured:
        counter(tmp_path, 0, 1_000_000)
        counter(tmp_path, 1, 2_600_000)
    assert measured.joules == pytest.approx(2 + 1.6)
    assert str(measured).endswith(", 0.001 Wh")


def test_a_counter_that_cannot_be_read_is_not_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(cost, "COUNTERS", tmp_path)
    (tmp_path / "intel-rapl:0").mkdir()
    with cost.measured() as measured:
        pass
    assert measured.joules is None
