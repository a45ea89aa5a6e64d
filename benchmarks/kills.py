"""Ends runs of the flow `pipeline` while `train` runs, in every way, and looks at what is left.

    python -m benchmarks.kills [NUMBER] [SEED]

The theorem: however and whenever a run is ended,

- 10 s later no process is left of what was hit (after a hang: 10 s after its time limit);
- 5 minutes later the server takes no run for Running;
- the next run completes without repeating `ingest`, and dvc.lock and the outputs are whole.

What was not hit may go on: a flow whose stage or worker was. The server, the deployments, the
automation and the worker are those of `make`, in a directory of their own; only the time limit of
`train` is shortened. 20 take half an hour. Exit code 1 where the theorem does not hold.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import yaml
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

ROOT = Path(__file__).parents[1]
PORT = 4437
URL = f"http://127.0.0.1:{PORT}/api"
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
    """Two trivial stages under this project's flows, in `place`."""

    def __init__(self, place: Path):
        self.place = place
        self.environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PREFECT_HOME": str(place / "home"),
            "PREFECT_SERVER_API_PORT": str(PORT),
            "PREFECT_API_URL": URL,
            "PYTHONPATH": "",
        }
        for name in ("flows", "image_compressor"):
            shutil.copytree(ROOT / name, place / name)
        for name in ("Makefile", "prefect.yaml"):
            shutil.copy(ROOT / name, place)
        stages = place / "flows/stages.py"
        stages.write_text(stages.read_text().replace('"train": 24 * HOUR', f'"train": {LIMIT}'))
        (place / "dvc.yaml").write_text(yaml.safe_dump({"stages": STAGES}))
        (place / "source").write_text("source ")
        for program in ("git", "dvc"):
            self.run(program, "init", "--quiet")

    def run(self, *command: str) -> str:
        return subprocess.check_output(command, cwd=self.place, env=self.environment, text=True)

    def make(self, target: str) -> subprocess.Popen:
        command = ["make", "--old-file=install", target]
        with (self.place / f"{target}.log").open("a") as log:
            return subprocess.Popen(
                command, cwd=self.place, env=self.environment, stdout=log, stderr=log
            )

    def strike(self, way: str, run: str) -> list[psutil.Process]:
        """Ends a run as `way` says. Returns the processes that have to be over by that."""
        worker = psutil.Process(self.worker.pid).children()[0]
        flow = worker.children()[0]
        below = flow.children(recursive=True)
        stage = next(child for child in below if "> trained" in child.cmdline()[-1])
        what, *names = way.split()
        hit = [{"worker": worker, "flow": flow, "stage": stage}[name] for name in names]
        ending = [*hit, *(below if flow in hit else stage.children() if stage in hit else [])]
        if what == "cancel":
            self.run("prefect", "flow-run", "cancel", run)
        else:
            for process in hit:
                process.send_signal(signal.Signals[f"SIG{what}"])
        return ending

    def is_whole(self, seed: str) -> bool:
        """Whether dvc.lock and the outputs are those of `seed`."""
        yaml.safe_load((self.place / "dvc.lock").read_text())["stages"]["train"]
        up_to_date = "up to date" in self.run("dvc", "status")
        return up_to_date and (self.place / "trained").read_text() == f"source {seed}"

    def trial(self, client, way: str, moment: float) -> bool:
        """Ends a run so many seconds after train began, and prints what came of it."""
        deployment = client.read_deployment_by_name("pipeline/on-demand").id
        ran, seed = self.place / "ran", f"{way} {moment}"
        ran.unlink(missing_ok=True)
        (self.place / "seed").write_text(seed)
        run = client.create_flow_run_from_deployment(deployment).id
        until(ran.exists, 120)
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
        again = ran.read_text().split()
        holds = done < float("inf") and state(following).is_completed()
        holds = holds and "ingest" not in again and self.is_whole(seed)
        print(
            f"{way:16} {moment:4.1f} s after train began: gone in {gone:4.1f} s, {state(run).name}"
            f" in {over:3.0f} s; the next {state(following).name} in {done:3.0f} s, ran {again}:"
            f" {holds}",
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
