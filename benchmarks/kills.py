"""Ends runs of the flow `pipeline` while `train` runs, in every way, and looks at what is left.

    python -m benchmarks.kills [NUMBER] [SEED]

The theorem: however and whenever a run is ended,

- 10 s later no process is left of what was hit (after a hang: 10 s after its time limit);
- 5 minutes later the server takes no run for Running;
- the next run completes without repeating `ingest`, and dvc.lock and the outputs are whole.

What was not hit may go on: a run whose worker was killed, or that tries `train` again, completes.
The server, the deployments, the automation and the worker are those of `make`, in a directory of
their own; only the time limit of `train` is shortened. 20 take half an hour. Exit code 1 where the
theorem does not hold.
"""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import yaml
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

ROOT = Path(__file__).parents[1]
WAYS = ["cancel flow", "TERM flow", "TERM worker", "KILL stage", "KILL flow", "KILL worker"]
WAYS += ["KILL worker flow", "STOP stage"]
TRAIN, LIMIT = 25, 40  # seconds
STAGES = {
    "ingest": {"cmd": "echo ingest >> ran; cp source raw", "deps": ["source"], "outs": ["raw"]},
    "train": {
        "cmd": f"echo train >> ran; sleep {TRAIN}; cat raw seed > trained",
        "deps": ["raw", "seed"],
        "outs": ["trained"],
    },
}


class Project:
    """Two trivial stages under this project's flows, with a server at `port`."""

    def __init__(self, directory: Path, port: int):
        self.directory = directory
        self.environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PREFECT_HOME": str(directory / "home"),
            "PREFECT_SERVER_API_PORT": str(port),
            "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
            "PYTHONPATH": "",
        }
        for name in ("flows", "image_compressor"):
            shutil.copytree(ROOT / name, directory / name)
        for name in ("Makefile", "prefect.yaml"):
            shutil.copy(ROOT / name, directory)
        file = directory / "flows/stages.py"
        file.write_text(file.read_text().replace('"train": 24 * HOUR', f'"train": {LIMIT}'))
        (directory / "dvc.yaml").write_text(yaml.safe_dump({"stages": STAGES}))
        (directory / "source").write_text("source ")
        self.run("git", "init", "--quiet")
        self.run("dvc", "init", "--quiet")

    def run(self, *command: str) -> str:
        return subprocess.check_output(
            command, cwd=self.directory, env=self.environment, stderr=subprocess.STDOUT, text=True
        )

    def make(self, target: str) -> subprocess.Popen:
        """`make TARGET`, started, with a log beside it."""
        with (self.directory / f"{target}.log").open("a") as log:
            command = ["make", "--old-file=install", target]
            return subprocess.Popen(
                command, cwd=self.directory, env=self.environment, stdout=log, stderr=log
            )

    def strike(self, way: str, run: str) -> list[psutil.Process]:
        """Ends the run as `way` says. Returns the processes that have to end by that."""
        worker = psutil.Process(self.worker.pid).children()[0]
        flow = worker.children()[0]
        shells = [p for p in flow.children(recursive=True) if "> trained" in p.cmdline()[-1]]
        what, *names = way.split()
        parts = {"worker": worker, "flow": flow, "stage": shells[0]}
        hit = [parts[name] for name in names]
        below = [p.children(recursive=True) for p in hit if p is not worker]
        if what == "cancel":
            self.run("prefect", "flow-run", "cancel", run)
        else:
            for process in hit:
                process.send_signal(signal.Signals[f"SIG{what}"])
        return sum(below, hit)

    def is_whole(self, seed: str) -> bool:
        """Whether dvc.lock and the output of train are those of `seed`."""
        return (
            yaml.safe_load((self.directory / "dvc.lock").read_text()) is not None
            and "up to date" in self.run("dvc", "status")
            and (self.directory / "trained").read_text() == f"source {seed}"
        )


def until(holds, seconds: float) -> float:
    """The seconds until `holds()`; infinite where it does not in so many."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > seconds:
            return float("inf")
        time.sleep(0.2)
    return time.monotonic() - began


def lives(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def trial(project: Project, client, way: str, moment: float) -> bool:
    """Ends a run so many seconds after train began; prints what came of it: is it as it should?"""
    deployment = client.read_deployment_by_name("pipeline/on-demand").id

    def start():
        return client.create_flow_run_from_deployment(deployment).id

    def state(run):
        return client.read_flow_run(run).state

    ran = project.directory / "ran"
    ran.unlink(missing_ok=True)
    (project.directory / "seed").write_text(seed := f"{way} {moment}")
    run = start()
    until(ran.exists, 60)
    time.sleep(moment)
    hit = project.strike(way, str(run))
    patience = 10 + (LIMIT - moment if way.startswith("STOP") else 0)
    gone = until(lambda: not any(lives(process) for process in hit), patience)
    if project.worker.poll() is not None:
        project.worker = project.make("worker")
    following = start()
    over = gone + until(lambda: state(run).is_final(), 300 - gone)
    done = over + until(lambda: state(following).is_final(), 300)
    holds = done < float("inf") and state(following).is_completed() and project.is_whole(seed)
    holds = holds and "ingest" not in ran.read_text()
    print(
        f"{'as it should' if holds else 'WRONG':12} {way:17} after {moment:4.1f} s of train: gone in "
        f"{gone:4.1f} s, {state(run).name} in {over:5.1f} s, the next {state(following).name} in "
        f"{done:5.1f} s, train begun {ran.read_text().count('train')} times",
        flush=True,
    )
    return holds


def main() -> None:
    number, seed = (int(text) for text in [*sys.argv[1:], "20", "0"][:2])
    # Ignored by all that a shell script starts in the background, this perhaps.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    chance = random.Random(seed)
    ways = [way for _ in range(0, number, len(WAYS)) for way in chance.sample(WAYS, len(WAYS))]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with TemporaryDirectory() as place:
        project = Project(Path(place).resolve(), port)
        server = project.make("server")
        try:
            url = project.environment["PREFECT_API_URL"]
            with temporary_settings({PREFECT_API_URL: url}), get_client(sync_client=True) as client:
                until(lambda: client.api_healthcheck() is None, 120)
                project.make("deploy").wait()
                project.worker = project.make("worker")
                kept = [trial(project, client, way, chance.uniform(0, 20)) for way in ways[:number]]
        finally:
            for process in (project.worker, server):
                for child in psutil.Process(process.pid).children(recursive=True):
                    child.kill()
                process.wait()
    print(f"{sum(kept)} of {len(kept)} as they should, of seed {seed}")
    sys.exit(not all(kept))


if __name__ == "__main__":
    main()
