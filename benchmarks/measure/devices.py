"""Compares training in two processes with one: the losses are equal, even if one is killed.

    python -m benchmarks.measure.devices [EPOCHS]

In a copy of the project's parameters, data/prepared and models, trains `train.architecture` on JAX
for EPOCHS (0: as in params.yaml) three times: in one process; in two; and in two, the second of
which is killed (SIGKILL) after half the epochs before both are started again. Prints the final
validation loss of each, the difference of each epoch's loss from the one process's, and images/s.
The theorem: final losses differ by at most 1e-3. Exit code 1 if it does not hold.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import yaml
from ruamel.yaml import YAML

from benchmarks import arguments
from image_compressor.data.records import read_facts

ROOT = Path(__file__).parents[2]
NEAR = 1e-3


def project(directory: Path, epochs: int | None) -> dict:
    """Copies the inputs of train into `directory`; returns all parameters."""
    for name in ("params.yaml", "dvc.yaml", "versions.yaml"):
        shutil.copy(ROOT / name, directory)
    for name in ("data/prepared", "models"):
        shutil.copytree(ROOT / name, directory / name, ignore=shutil.ignore_patterns("trained*"))
    git = ["git", "-c", "user.name=b", "-c", "user.email=b@example.org"]
    subprocess.run([*git, "init", "--quiet", directory], check=True)
    commit = [*git, "commit", "--quiet", "--allow-empty", "-m", "start"]
    subprocess.run(commit, cwd=directory, check=True)
    params = YAML(typ="safe").load((ROOT / "params.yaml").read_text())
    params["train"]["epochs"] = epochs or params["train"]["epochs"]
    return params


def started(directory: Path, process: int = 0) -> subprocess.Popen:
    more = {"KERAS_DISTRIBUTION_PROCESS_ID": str(process), "KERAS_BACKEND": "jax"}
    with (directory / f"{process}.log").open("w") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "tasks.train"],
            cwd=directory,
            env={**os.environ, **more, "PYTHONPATH": str(ROOT)},
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def epochs_done(directory: Path) -> int:
    return max(map(int, re.findall(r"(\d+)/\d+ \[", (directory / "0.log").read_text())), default=0)


def train(directory: Path, params: dict, processes: int, kill_at: int = 0) -> np.ndarray:
    """Trains, optionally with a kill; returns the validation loss of each epoch."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        first = f"127.0.0.1:{server.getsockname()[1]}"
    params["train"]["devices"] = 1 if processes == 1 else [first, "127.0.0.1:1"]
    (directory / "params.yaml").write_text(yaml.safe_dump(params))
    running = [started(directory, number) for number in range(processes)]
    while kill_at and epochs_done(directory) < kill_at:
        time.sleep(0.2)
    if kill_at:
        running[1].kill()
        print("killed; the other process exited with", running[0].wait(), flush=True)
        running = [started(directory, number) for number in range(processes)]
    if sum(process.wait() for process in running):
        sys.exit((directory / "0.log").read_text())
    curve = directory / "reports/training/plots/metrics/eval/loss.tsv"
    return np.loadtxt(curve, skiprows=1, usecols=1, ndmin=1)


def main() -> None:
    (epochs,) = arguments(__doc__, epochs=0)
    with TemporaryDirectory() as temporary:
        directory = Path(temporary)
        params = project(directory, epochs or None)
        epochs = params["train"]["epochs"]
        images = epochs * read_facts(directory / "data/prepared")["splits"]["train"]["count"]
        ways = {"one": (1,), "two": (2,), "two, one killed": (2, epochs // 2)}
        losses: dict[str, np.ndarray] = {}
        for way, how in ways.items():
            began = time.monotonic()
            losses[way] = train(directory, params, *how)
            rate = images / (time.monotonic() - began)
            apart = np.abs(losses[way] - losses["one"])
            result = f"loss {losses[way][-1]:.5f}, {apart[-1]:.1e} from one process's"
            print(f"{way}: {result}; {rate:.0f} images/s including startup", flush=True)
            print("  by epoch:", *(f"{difference:.0e}" for difference in apart), flush=True)
    sys.exit(any(abs(losses[way][-1] - losses["one"][-1]) > NEAR for way in ways))


if __name__ == "__main__":
    main()
