"""Ends runs of the flow `pipeline` while `train` runs, in every way, and looks at what is left.

    python -m benchmarks.torture.kills [NUMBER] [SEED]

The theorem: however and whenever a run is ended,

- 10 s later no process is left of what was hit (after a hang: 10 s after its time limit);
- 5 minutes later the server takes no run for Running;
- the next run completes without repeating `ingest`, and dvc.lock and the outputs are whole.

What was not hit may go on: a flow whose stage, or whose worker, was killed. Server, deployments and
worker are those of `make`; only the time limit of `train` is shortened. 20 take half an hour. Exit
code 1 where the theorem does not hold.
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
    """Two trivial stages under this project's flows, in `place`; train takes so many seconds."""

    def __init__(self, place: Path, seconds: int = TRAIN):
        self.place = place
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        own = {"PREFECT_HOME": str(place / "home"), "PREFECT_API_URL": URL}
        own |= {"PREFECT_SERVER_API_PORT": str(PORT), "PATH": path, "PYTHONPATH": ""}
        self.options: dict[str, Any] = {"cwd": place, "env": os.environ | own}
        train = {"cmd": COMMAND.format(seconds), "deps": ["raw", "seed"], "outs": ["trained"]}
        (place / "dvc.yaml").write_text(
            yaml.safe_dump({"stages": {"ingest": INGEST, "train": train}})
        )
        (place / "source").write_text("source ")
        for command in (["cp", "-r", *COPIED, "."], ["git", "init", "-q"], ["dvc", "init", "-q"]):
            self.run(*command)
        stages = place / "flows/running/stages.py"
        stages.write_text(stages.read_text().replace('"train": 24 * HOUR', f'"train": {LIMIT}'))

    def run(self, *command: str) -> str:
        return subprocess.check_output(command, text=True, **self.options)

    def make(self, target: str) -> subprocess.Popen:
        """`make TARGET`, started."""
        command, quiet = ["make", "--old-file=install", target], subprocess.DEVNULL
        return subprocess.Popen(command, stdout=quiet, stderr=quiet, **self.options)

    def strike(self, way: str, run: str) -> list[psutil.Process]:
        """Ends a run as `way` says. Returns the processes that have to be over by that."""
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
        """Ends a run so many seconds after train began, and prints what came of it."""
        deployment = client.read_deployment_by_name("pipeline/on-demand").id
        ran, seed = self.place / "ran", f"{way} {moment}"
        ran.write_text("")
        (self.place / "seed").write_text(seed)
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
        yaml.safe_load((self.place / "dvc.lock").read_text())["stages"]["train"]
        whole = "up to date" in self.run("dvc", "status")
        whole = whole and (self.place / "trained").read_text() == f"source {seed}"
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
    """The seconds until `holds()`; infinite where it does not in so many."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > seconds:
            return float("inf")
        time.sleep(0.2)
    return time.monotonic() - began


def main() -> None:
    number, seed = (int(text) for text in (sys.argv[1:] + ["20", "0"][len(sys.argv) - 1 :]))
    # Ignored by all that a shell script starts in the background, this perhaps.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    chance = random.Random(seed)
    ways = [way for _ in range(0, number, len(WAYS)) for way in chance.sample(WAYS, len(WAYS))]
    api = temporary_settings({PREFECT_API_URL: URL})
    with TemporaryDirectory() as place, api, get_client(sync_client=True) as client:
        project = Project(Path(place).resolve())
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
    print(f"{sum(holds)} of {number} as it should be, of seed {seed}")
    sys.exit(not all(holds))


if __name__ == "__main__":
    main()
