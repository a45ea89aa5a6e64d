"""The flow compress, here and on the workers of a Dask cluster."""

import shutil

import pytest
from prefect.states import Failed

from flows.compress import compress
from flows.running.cluster import worth_retrying
from image_compressor import InputError
from image_compressor.sets import compressing
from image_compressor.storage import Unreachable
from tests.sets.conftest import contents

pytestmark = pytest.mark.slow


@pytest.fixture
def expected(folder, exported, tmp_path):
    """The set that the library writes without a flow."""
    job, names = compressing.begin(folder, tmp_path / "expected", exported, 4)
    compressing.end(job, [compressing.compress_part(job, *part) for part in enumerate(names)])
    return contents(tmp_path / "expected")


def run(folder, output, codec, **options):
    return compress(str(folder), str(output), str(codec), 4, **options, return_state=True)


@pytest.mark.parametrize("where", ["here", "cluster"])
def test_the_flow_makes_what_the_command_makes(
    server, request, folder, exported, expected, tmp_path, where
):
    at = request.getfixturevalue("scheduler") if where == "cluster" else None
    state = run(folder, tmp_path / "out", exported, scheduler=at)
    assert state.is_completed(), state.message
    assert "12 images in 4 files" in state.message
    assert contents(tmp_path / "out") == expected


def test_a_partition_that_fails_stops_no_other_and_is_told(
    server, folder, exported, expected, tmp_path
):
    damaged = shutil.copytree(folder, tmp_path / "damaged")
    (damaged / "05.png").write_bytes(b"none")
    state = run(damaged, tmp_path / "out", exported)
    assert state.is_failed()
    assert "1 of 4 partitions failed" in state.message and "05.png" in state.message
    assert len([*(tmp_path / "out").glob("*.imgc")]) == 3
    state = run(damaged, tmp_path / "out", exported, skip=True)
    assert state.is_completed() and "1 left out" in state.message


@pytest.mark.parametrize(
    ("error", "again"),
    [(InputError, False), (Unreachable, True), (MemoryError, True)],
)
def test_bad_input_is_not_tried_again_and_what_may_pass_is(error, again):
    error = error("a", "b", "c")
    assert worth_retrying(None, None, Failed(data=error)) == again
