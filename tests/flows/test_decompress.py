"""The flow decompress, here and on the workers of a Dask cluster."""

import shutil

import pytest

from flows.decompress import decompress
from image_compressor import cli
from image_compressor.sets import decompressing
from image_compressor.storage import Place, Unreachable
from tests.sets.conftest import contents

pytestmark = pytest.mark.slow


@pytest.fixture
def made(folder, exported, tmp_path):
    """A set of twelve images in 4 files."""
    options = ["--codec", str(exported), "--partitions", "4"]
    cli.main(["compress", str(folder), "-o", str(tmp_path / "set"), *options])
    return tmp_path / "set"


def run(source, output, codec, **options):
    return decompress(str(source), str(output), str(codec), **options, return_state=True)


@pytest.mark.parametrize("where", ["here", "cluster"])
def test_the_flow_writes_what_the_command_writes(server, request, made, exported, tmp_path, where):
    at = request.getfixturevalue("scheduler") if where == "cluster" else None
    cli.main(["decompress", str(made), "-o", str(tmp_path / "b"), "--codec", str(exported)])
    state = run(made, tmp_path / "a", exported, scheduler=at)
    assert state.is_completed() and "12 images" in state.message
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_a_partition_that_fails_is_done_again_alone(server, made, exported, tmp_path):
    part = made / "part-00002.imgc"
    whole = part.read_bytes()
    part.write_bytes(whole[:-9])
    state = run(made, tmp_path / "back", exported)
    assert (
        state.is_failed()
        and "1 of 4 partitions failed" in state.message
        and "\n" not in state.message
    )
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "back").glob("*.png")}
    assert len(before) == 9
    part.write_bytes(whole)
    assert run(made, tmp_path / "back", exported).is_completed()
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert len(contents(tmp_path / "back")) == 12


def test_storage_that_cannot_be_reached_is_tried_again(
    server, made, exported, tmp_path, monkeypatch
):
    put, failures = Place.put, ["00.png", "07.png"]

    def flaky(place, name, content):
        if name in failures:
            failures.remove(name)
            raise Unreachable("storage", "none", "Wait.")
        put(place, name, content)

    monkeypatch.setattr(Place, "put", flaky)
    assert run(made, tmp_path / "back", exported).is_completed()
    assert not failures and len(contents(tmp_path / "back")) == 12


def test_a_worker_without_the_codec_writes_nothing(server, made, exported, tmp_path, monkeypatch):
    codec, begin = shutil.copytree(exported, tmp_path / "codec"), decompressing.begin

    def begun(*arguments, **limits):
        job = begin(*arguments, **limits)
        shutil.rmtree(codec)
        return job

    monkeypatch.setattr(decompressing, "begin", begun)
    state = run(made, tmp_path / "back", codec)
    assert state.is_failed() and "on every worker" in state.message
    assert not [*(tmp_path / "back").glob("*.png")]
