"""A full or read-only disk is reported in one line, and existing files stay unchanged."""

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from image_compressor import Codec
from tests.project import STAGES

FULL = 'ulimit -f 1; exec "$0" "$@"'  # no file longer than 1 KiB
READ_ONLY = 'mount --bind . . && mount -o remount,bind,ro . && cd "$PWD" && exec "$0" "$@"'
DISKS = {
    "full": ["bash", "-c", FULL],
    "read-only": ["unshare", "--mount", "bash", "-c", READ_ONLY],
}
REASONS = {"full": "File too large", "read-only": "Read-only file system"}


# The other stages write as these do: images, a checkpoint, networks by libraries of their own.
OFTEN = ("ingest", "train", "export")


@pytest.fixture(scope="module")
def here(project, tmp_path_factory):
    """A copy of the project after its pipeline has run."""
    return shutil.copytree(project.directory, tmp_path_factory.mktemp("full") / "project")


def files(directory):
    """Reads all files, by path, except caches and the curves that a training keeps writing."""
    paths = [path for path in directory.rglob("*") if path.is_file()]
    left_out = {"__pycache__", ".dvc", "training"}
    return {path: path.read_bytes() for path in paths if not left_out & {*path.parts}}


def changed(before, after):
    """Lists the files that were added, removed or changed."""
    return sorted(dict(before.items() ^ after.items()))


@pytest.fixture(params=["full", pytest.param("read-only", marks=pytest.mark.torture)])
def disk(request):
    if subprocess.run([*DISKS[request.param], "true"], capture_output=True).returncode:
        pytest.skip(f"a {request.param} disk cannot be simulated here: that needs root")
    return request.param


def refused(command, disk, directory, codes=(1,)):
    """Runs a command that must fail with one of these exit codes; returns its error."""
    command = [*DISKS[disk], *command]
    run = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    assert run.returncode in codes, run.stdout
    assert "Traceback" not in run.stderr
    return run.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "stage",
    [
        stage if stage in OFTEN else pytest.param(stage, marks=pytest.mark.torture)
        for stage in sorted({*STAGES} - {"rivals"})  # its files are shorter
    ],
)
def test_a_stage(here, disk, stage):
    before = files(here)
    # TensorFlow writes a SavedModel by itself, and its errors do not say that a disk is full.
    codes, text = (
        ((1, 75), "") if stage == "export" else ((75,), "A file cannot be read or written")
    )
    error = refused([sys.executable, "-m", f"tasks.{stage}"], disk, here, codes)
    assert f"{stage}: {text}" in error
    assert changed(before, files(here)) == []


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """Inputs whose outputs exceed 1 KiB: a stack to compress and a file to decompress."""
    directory = tmp_path_factory.mktemp("sources")
    stack, file = directory / "images.npy", directory / "images.imgc"
    noise = np.random.default_rng(0)
    np.save(stack, noise.integers(0, 256, (200, 28, 28), np.uint8))
    file.write_bytes(Codec.load("photo").compress(noise.integers(0, 256, (9, 32, 32, 3), np.uint8)))
    return {".imgc": ("compress", stack, "digits"), ".npy": ("decompress", file, "photo")}


@pytest.mark.parametrize("old", [True, False])
@pytest.mark.parametrize("output", ["out.imgc", "out.npy", "out"])
def test_a_command(sources, disk, tmp_path, output, old):
    action, source, codec = sources.get(Path(output).suffix, sources[".npy"])
    if old:
        path = tmp_path / output / "old" if output == "out" else tmp_path / output
        path.parent.mkdir(exist_ok=True)
        path.write_text("old")
    before = sorted(tmp_path.rglob("*")), files(tmp_path)
    command = [Path(sys.executable).with_name("image-compressor"), action, source]
    command += ["-o", tmp_path / output, "--codec", codec, "--force"]
    error = refused(map(str, command), disk, tmp_path)
    assert "A file cannot be read or written" in error and REASONS[disk] in error
    assert (sorted(tmp_path.rglob("*")), files(tmp_path)) == before
