"""The flow compress, here and on the workers of a Dask cluster."""

import shutil

import numpy as np
import pytest
from distributed import LocalCluster
from PIL import Image
from prefect.states import Failed

from flows.compress import compress, may_mend
from image_compressor import InputError
from image_compressor.bulk import compressing
from image_compressor.places import Unreachable
from tests.bulk.conftest import contents

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Twelve images."""
    directory, noise = tmp_path_factory.mktemp("images"), np.random.default_rng(0)
    for number in range(12):
        image = Image.fromarray(noise.integers(0, 256, (16, 16), np.uint8))
        image.save(directory / f"{number:02}.png")
    return directory


@pytest.fixture
def expected(folder, exported, tmp_path):
    """What is made without a flow."""
    job, names = compressing.begin(folder, tmp_path / "expected", exported, 4)
    compressing.end(job, [compressing.compress_part(job, *part) for part in enumerate(names)])
    return contents(tmp_path / "expected")


def run(folder, output, codec, **options):
    return compress(str(folder), str(output), str(codec), 4, **options, return_state=True)


@pytest.fixture(scope="module")
def scheduler(server):
    """The address of a Dask scheduler with two workers, processes of their own."""
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(**options) as cluster:
        yield cluster.scheduler_address


@pytest.mark.parametrize("where", ["here", "cluster"])
def test_the_flow_makes_what_the_command_makes(
    server, request, folder, exported, expected, tmp_path, where
):
    at = request.getfixturevalue("scheduler") if where == "cluster" else None
    state = run(folder, tmp_path / "out", exported, scheduler=at)
    assert state.is_completed(), state.message
    assert "12 image(s) in 4 files" in state.message
    assert contents(tmp_path / "out") == expected


def test_a_partition_that_fails_stops_no_other_and_is_told(
    server, folder, exported, expected, tmp_path
):
    damaged = shutil.copytree(folder, tmp_path / "damaged")
    (damaged / "05.png").write_bytes(b"none")
    state = run(damaged, tmp_path / "out", exported)
    assert state.is_failed()
    assert "1 that failed" in state.message and "05.png" in state.message
    assert len([*(tmp_path / "out").glob("*.imgc")]) == 3
    state = run(damaged, tmp_path / "out", exported, skip=True)
    assert state.is_completed() and "1 left out" in state.message


def test_a_scheduler_that_is_not_there_is_a_line_before_anything_is_written(
    server, folder, exported, tmp_path
):
    state = run(folder, tmp_path / "out", exported, scheduler="tcp://127.0.0.1:9")
    assert state.is_failed()
    assert "Expected a Dask scheduler at tcp://127.0.0.1:9" in state.message
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("error", "again"),
    [(InputError, False), (Unreachable, True), (MemoryError, True)],
)
def test_bad_input_is_not_tried_again_and_what_may_pass_is(error, again):
    error = error("a", "b", "c")
    assert may_mend(None, None, Failed(data=error)) == again
