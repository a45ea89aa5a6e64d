"""Stops runs of the flow `pipeline` while `train` runs, in every way, and checks what is left.

    python -m benchmarks.torture.kills [NUMBER] [SEED]

The theorem: however and whenever a run is stopped,

- 10 s later, no process that was hit is left (after a hang: 10 s after the timeout);
- 5 minutes later, no run is Running on the server;
- the next run completes without repeating `ingest`, and dvc.lock and the outputs are complete.

Processes that were not hit may continue, such as a flow whose stage or worker was killed. Server,
deployments and worker are those of `make`, with a shorter timeout for `train`. 20 take half an
hour. Exit code 1 if the theorem does not hold.
"""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
import yaml
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

from benchmarks import arguments

ROOT = Path(__file__).parents[2]
COPIED = [str(ROOT / name) for name in ("flows", "image_compressor", "Makefile", "prefect.yaml")]
PORT = 4437
URL = f"http://127.0.0.1:{PORT}/api"
WAYS = ["cancel flow", "TERM flow", "TERM worker", "KILL stage", "KILL flow", "KILL worker"]
WAYS += ["KILL worker flow", "STOP stage"]
TRAIN, LIMIT = 25, 40  # seconds
COMMAND = "echo train >> ran; sleep {}; cat raw seed > trained"
INGEST = {"cmd": "echo ingest >> ran; cp source raw", "deps": ["source"], "outs": ["raw"]}


class Project:
    """Project of two trivial stages with this project's flows; train takes `seconds`."""

    def __init__(self, directory: Path, seconds: int = TRAIN):
        self.directory = directory
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        own = {"PREFECT_HOME": str(directory / "home"), "PREFECT_API_URL": URL}
        own |= {"PREFECT_SERVER_API_PORT": str(PORT), "PATH": path, "PYTHONPATH": ""}
        self.options: dict[str, Any] = {"cwd": directory, "env": os.environ | own}
        train = {"cmd": COMMAND.format(seconds), "deps": ["raw", "seed"], "outs": ["trained"]}
        (directory / "dvc.yaml").write_text(
            yaml.safe_dump({"stages": {"ingest": INGEST, "train": train}})
        )
        (directory / "source").write_text("source ")
        for command in (["cp", "-r", *COPIED, "."], ["git", "init", "-q"], ["dvc", "init", "-q"]):
            self.run(*command)
        stages = directory / "flows/running/stages.py"
        stages.write_text(stages.read_text().replace('"train": 24 * HOUR', f'"train": {LIMIT}'))

    def run(self, *command: str) -> str:
        return subprocess.check_output(command, text=True, **self.options)

    def make(self, target: str) -> subprocess.Popen:
        """Starts `make TARGET`."""
        command, quiet = ["make", "--old-file=install", target], subprocess.DEVNULL
        return subprocess.Popen(command, stdout=quiet, stderr=quiet, **self.options)

    def strike(self, way: str, run: str) -> list[psutil.Process]:
        """Stops a run in this way; returns the processes that must end because of that."""
        worker = psutil.Process(self.worker.pid).children()[0]
        flow = worker.children()[0]
        below = flow.children(recursive=True)
        stage = next(child for child in below if "> trained" in child.cmdline()[-1])
        what, *names = way.split()
        hit = [{"worker": worker, "flow": flow, "stage": stage}[name] for name in names]
        ending = [*hit, *(stage.children() if stage in hit else [])]
        if flow in hit or way == "TERM worker":
            ending += [flow, *below]
        if what == "cancel":
            self.run("prefect", "flow-run", "cancel", run)
        else:
            for process in hit:
                process.send_signal(signal.Signals[f"SIG{what}"])
        return ending

    def trial(self, client, way: str, moment: float) -> bool:
        """Stops a run `moment` seconds after train began, and prints the outcome."""
        deployment = client.read_deployment_by_name("pipeline/on-demand").id
        ran, seed = self.directory / "ran", f"{way} {moment}"
        ran.write_text("")
        (self.directory / "seed").write_text(seed)
        run = client.create_flow_run_from_deployment(deployment).id
        until(lambda: "train" in ran.read_text(), 120)
        ran.write_text("")
        time.sleep(moment)
        ending = self.strike(way, str(run))
        patience = 10 + (LIMIT - moment if way.startswith("STOP") else 0)
        gone = until(lambda: not any(map(lives, ending)), patience)
        if "worker" in way:
            self.worker.wait()
            self.worker = self.make("worker")
        following = client.create_flow_run_from_deployment(deployment).id

        def state(run):
            return client.read_flow_run(run).state

        over = gone + until(lambda: state(run).is_final(), 300 - gone)
        done = over + until(lambda: state(following).is_final(), 300)
        yaml.safe_load((self.directory / "dvc.lock").read_text())["stages"]["train"]
        whole = "up to date" in self.run("dvc", "status")
        whole = whole and (self.directory / "trained").read_text() == f"source {seed}"
        next_holds = state(following).is_completed() and "ingest" not in ran.read_text()
        holds = done < float("inf") and next_holds and whole
        print(
            f"{way:16} {moment:4.1f} s after train began: gone in {gone:4.1f} s, {state(run).name}"
            f" in {over:3.0f} s; the next {state(following).name} in {done:3.0f} s: {holds}",
            flush=True,
        )
        return holds


def lives(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def until(holds, seconds: float) -> float:
    """Waits until `holds()`; returns the seconds that it took, or infinity after `seconds`."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > seconds:
            return float("inf")
        time.sleep(0.2)
    return time.monotonic() - began


def main() -> None:
    number, seed = arguments(__doc__, number=20, seed=0)
    # A shell script starts background processes, perhaps this one, with SIGINT ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    chance = random.Random(seed)
    ways = [way for _ in range(0, number, len(WAYS)) for way in chance.sample(WAYS, len(WAYS))]
    api = temporary_settings({PREFECT_API_URL: URL})
    with TemporaryDirectory() as directory, api, get_client(sync_client=True) as client:
        project = Project(Path(directory).resolve())
        project.make("server")
        try:
            until(lambda: client.api_healthcheck() is None, 120)
            project.make("deploy").wait()
            project.worker = project.make("worker")
            holds = [project.trial(client, way, chance.uniform(0, 20)) for way in ways[:number]]
        finally:
            for process in psutil.Process().children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    process.kill()
    print(f"the theorem holds for {sum(holds)} of {number}, seed {seed}")
    sys.exit(not all(holds))


if __name__ == "__main__":
    main()
