"""Signals at any time during a command."""

import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image


@pytest.fixture
def ended(tmp_path):
    """A function that sends a signal to a compression as soon as a path matches a pattern, and
    returns its exit code and stderr."""
    folder = tmp_path / "in"
    folder.mkdir()
    noise = np.random.default_rng(0).integers(0, 256, (800, 28, 28), np.uint8)
    for number, pixels in enumerate(noise):
        Image.fromarray(pixels).save(folder / f"{number}.bmp")

    def ended(number, pattern, *options):
        arguments = ["compress", "in", "-o", "out", "--codec", "digits", *options]
        process = subprocess.Popen(
            [sys.executable, "-m", "image_compressor", *arguments],
            cwd=tmp_path,
            stderr=subprocess.PIPE,
            text=True,
        )
        with process:
            while not any(tmp_path.glob(pattern)):
                assert process.poll() is None, process.stderr.read()
                time.sleep(0.005)
            process.send_signal(number)
            return process.wait(), process.stderr.read()

    return ended


@pytest.mark.parametrize(
    ("number", "options"),
    [(signal.SIGINT, ()), (signal.SIGHUP, ()), (signal.SIGTERM, ("--partitions", "2"))],
)
def test_a_signal_leaves_neither_a_traceback_nor_a_scratch_file(ended, tmp_path, number, options):
    scratch = "out/.part-*" if options else ".out.*"
    assert ended(number, scratch, *options) == (128 + number, "")
    limit = time.monotonic() + 10
    while [*tmp_path.rglob(".*")]:  # processes end a moment after their parent
        assert time.monotonic() < limit, [*tmp_path.rglob(".*")]
        time.sleep(0.01)


def test_a_signal_during_imports_gives_no_traceback():
    script = (
        "import os, signal, sys, importlib.abc\n"
        "class Finder(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'numpy': os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Finder())\n"
        "from image_compressor.cli import main\n"
        "main(['info', 'x'])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (130, b"")
