"""The flow recompress, here and on the workers of a Dask cluster."""

import pytest

from flows.recompress import recompress
from image_compressor import cli
from tests.sets.conftest import contents

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("where", ["here", "cluster"])
def test_the_flow_writes_what_the_command_writes(
    server, request, folder, exported, tmp_path, where
):
    at = request.getfixturevalue("scheduler") if where == "cluster" else None
    codec, old = ["--codec", str(exported)], str(tmp_path / "old")
    cli.main(["compress", str(folder), "-o", old, *codec, "--partitions", "4", "--metadata"])
    new = ["--to", str(exported), "--effort", "1"]
    cli.main(["recompress", old, "-o", str(tmp_path / "a"), *codec, *new])
    output, names = str(tmp_path / "b"), [str(exported), str(exported)]
    state = recompress(old, output, *names, effort=1, scheduler=at, return_state=True)
    assert state.is_completed(), state.message
    assert "12 images in 4 files" in state.message
    assert contents(tmp_path / "b") == contents(tmp_path / "a")
    assert recompress(old, output, *names, max_loss=2, return_state=True).is_failed()
