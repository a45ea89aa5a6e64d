"""train on several devices: local processes with one device each."""

import json
import os
import re
import socket
import subprocess
import sys
import time

import numpy as np
import pytest
import yaml

from image_compressor.data import records
from image_compressor.data.source import SourceImage
from image_compressor.data.splits import SPLITS
from image_compressor.model import trained
from tests.conftest import ROOT, config

pytest.importorskip("jax", reason="the extra `devices` is not installed")
PARAMS = yaml.safe_load((ROOT / "params.yaml").read_text())
FEW = {"latent_dims": 6, "classes": 1, "batch_size": 8, "averaging": 0.9, "architecture": "m.json"}
SOON = "import image_compressor.training.rendezvous as m; m.PATIENCE = 1; "
RUN = "from tasks import stage, train; stage.main(train.run, 'train')"


@pytest.fixture
def project(tmp_path, pictures):
    """A project directory for train, with 32 images."""
    (tmp_path / "m.json").write_text(json.dumps({"model": config()}))
    for name in ("dvc.yaml", "versions.yaml"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    images = (
        SourceImage(str(number), picture, "", split=SPLITS[max(0, number // 4 - 7)])
        for number, picture in enumerate(pictures)
    )
    records.write(images, tmp_path / "data/prepared", 0.1, 0.1, 10**6)
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run([*git, "init", "--quiet", tmp_path], check=True)
    subprocess.run(
        [*git, "commit", "--quiet", "--allow-empty", "-m", "start"], cwd=tmp_path, check=True
    )
    return tmp_path


def start(project, process=0, code=RUN, backend="tensorflow", **params):
    """Starts one process of the training, which prints to `process.log`."""
    few = {**PARAMS, "train": {**PARAMS["train"], **FEW, "epochs": 4, **params}}
    (project / "params.yaml").write_text(yaml.safe_dump(few))
    more = {"KERAS_DISTRIBUTION_PROCESS_ID": str(process), "KERAS_BACKEND": backend}
    # JAX compiles for half a minute, and after a restart most of it again.
    more |= {"JAX_COMPILATION_CACHE_DIR": str(project.parent / "cache")}
    more |= {"JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0"}
    log = project / f"{process}.log"
    with log.open("w") as file:
        return subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=project,
            env={**os.environ, **more, "PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": ""},
            stdout=file,
            stderr=subprocess.STDOUT,
        )


def hosts():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return [f"127.0.0.1:{server.getsockname()[1]}", "127.0.0.1:1"]


def printed(project, process=0):
    return (project / f"{process}.log").read_text()


def ended(project, *processes):
    """Waits for the processes, which must succeed; returns their losses and weights."""
    for number, process in enumerate(processes):
        assert process.wait(300) == 0, printed(project, number)
    curves = project / "reports/training/plots/metrics/eval/loss.tsv"
    losses = [float(line.split("\t")[1]) for line in curves.read_text().splitlines()[1:]]
    compressor, _ = trained.load(project / "models/trained")
    return losses, compressor.get_weights()


def near(one, other):
    np.testing.assert_allclose(one[0], other[0], atol=1e-5)
    for x, y in zip(one[1], other[1], strict=True):
        np.testing.assert_allclose(x, y, atol=1e-4)


@pytest.mark.slow
@pytest.mark.torture
def test_two_processes_and_two_devices_train_as_one_does(project):
    alone = ended(project, start(project, backend="jax"))
    near(ended(project, start(project, devices=2)), alone)
    two = {"devices": hosts()}
    near(ended(project, start(project, **two), start(project, 1, **two)), alone)


@pytest.mark.slow
@pytest.mark.torture
def test_a_training_that_lost_a_process_goes_on_on_whatever_there_is(project):
    whole = ended(project, start(project, epochs=24, devices=2))
    two = {"epochs": 24, "devices": hosts()}
    first, second = start(project, **two), start(project, 1, **two)
    while not re.search(r"[1-9]\d*/24", printed(project)):
        assert first.poll() is None, printed(project)
        time.sleep(0.1)
    second.kill()
    second.wait()
    assert first.wait(60) == 1
    *_, line = printed(project).splitlines()
    assert re.search(r"One of the 2 processes of the training was lost.* Start all", line)
    kept = (project / "models/trained.progress.npz").read_bytes()
    near(ended(project, start(project, epochs=24, devices=2)), whole)
    assert "Resuming after epoch" in printed(project)
    (project / "models/trained.progress.npz").write_bytes(kept)
    losses, _ = ended(project, start(project, epochs=24))  # on TensorFlow
    assert "Resuming after epoch" in printed(project)
    assert losses[0] == pytest.approx(whole[0][0], abs=1e-4)  # the first epochs are not repeated


def test_what_is_wrong_is_said_in_a_line(project):
    two = {"devices": hosts()}
    lines = {
        2: "DISTRIBUTION_PROCESS_ID from 0 to 1.* Received: 2",
        1: "The first process of the training does not answer at .* refused",
    }
    processes = {number: start(project, number, SOON + RUN, **two) for number in lines}
    for number, line in lines.items():
        assert processes[number].wait(100) == 1
        assert re.search(line, printed(project, number).splitlines()[-1])
    with socket.create_server(("", 0)) as server:
        process = start(project, devices=[f"localhost:{server.getsockname()[1]}", "localhost:1"])
        assert process.wait(100) == 1
    assert "is already in use on this machine" in printed(project).splitlines()[-1]


@pytest.mark.slow
def test_processes_with_other_parameters_do_not_train_together(project):
    two = {"devices": hosts()}
    first = start(project, **two)
    while "waiting" not in printed(project):  # it has read its parameters
        time.sleep(0.1)
    second = start(project, 1, **two, seed=1)
    assert [process.wait(100) for process in (first, second)] == [1, 1]
    for number in range(2):
        assert (
            "does not have the same parameters, images, code"
            in printed(project, number).splitlines()[-1]
        )
