"""Workers on several hosts, which are namespaces: benchmarks/torture/hosts.py once."""

import subprocess
import sys

import pytest

from benchmarks.torture.network import alone
from tests.conftest import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture
def namespaces():
    try:
        made = alone("ip", "netns", "add", "host") == 0
    except OSError:  # no `unshare`
        made = False
    if not made:
        pytest.skip("needs Linux, root, and `unshare` and `ip`")


def test_a_worker_cut_off_for_a_minute_loses_no_point_and_doubles_none(namespaces):
    command = [sys.executable, "-m", "benchmarks.torture.hosts", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
