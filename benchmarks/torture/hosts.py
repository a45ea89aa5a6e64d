"""Runs a sweep over workers on three hosts, one of which loses its network for a minute.

    python -m benchmarks.torture.hosts [CUTS] [SEED]

Hosts are network namespaces, so this needs Linux, root and `ip`: a server, which starts the sweep,
the remotes (git's daemon and moto's S3), and three workers. They share only the network: each has
its own home and checkout. Server, deployments and workers are those of `make`. Each cut falls into
another step of a point. The theorem: whatever the worker was doing when it was cut off,

- the sweep completes, with all points finished;
- its table has each point once, and so has git's remote.

All seven take half an hour. Exit code 1 if the theorem does not hold.
"""

import csv
import os
import random
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import psutil
import yaml
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

from benchmarks import arguments
from benchmarks.torture.kills import COPIED, until
from benchmarks.torture.network import NETWORK, Host, alone, bridge

SERVER, REMOTES, WORKERS = 1, 2, (3, 4, 5)
URL = f"http://{NETWORK}.{SERVER}:4200/api"
S3 = f"http://{NETWORK}.{REMOTES}:9000"
ORIGIN = f"git://{NETWORK}.{REMOTES}/project.git"
RATE = "8mbit"  # per link, so that pulling and pushing 4 MB takes seconds
POINTS = 5
DIRECTORY = "SWEEP_HOSTS"  # environment variable with the directory, for the process on the network
# Each cut: words in the command that the worker then runs, the command's duration, the cut's.
CUTS = {
    "push": ("dvc push", 6, 60),
    "start": ("prefect.engine", 5, 60),
    "clone": ("git clone", 1, 60),
    "pull": ("dvc exp run", 8, 60),
    "train": ("evaluate.py", 15, 60),
    "publish": ("dvc exp push", 2, 60),
    "long": ("evaluate.py", 15, 200),  # long enough for the server to mark the run as crashed
}
EVALUATE = """
import json, os, pathlib, time, yaml
epochs = yaml.safe_load(open("params.yaml"))["train"]["epochs"]
time.sleep(15)
directory = pathlib.Path("reports/evaluation")
directory.mkdir(parents=True, exist_ok=True)
pathlib.Path("trained").write_bytes(os.urandom(4_000_000))
metrics = {"bytes_per_image": 10, "ssim": 0.9 + epochs / 1000, "psnr": 20}
(directory / "metrics.json").write_text(json.dumps(metrics))
rows = [f"{n},{10 * n},{0.8 + 0.02 * n + epochs / 1000},0,{20 + n}" for n in range(1, 6)]
(directory / "rates.csv").write_text("\\n".join(["setting,bytes_per_image,ssim,l1,psnr", *rows]))
"""
STAGES = {
    "prepare": {
        "cmd": "head -c 4000000 /dev/urandom > prepared",
        "params": ["prepare"],
        "outs": ["prepared"],
    },
    "evaluate": {
        "cmd": "python evaluate.py",
        "deps": ["evaluate.py", "prepared"],
        "params": ["train"],
        "outs": ["trained"],
        "metrics": [{"reports/evaluation/metrics.json": {"cache": False}}],
        "plots": ["reports/evaluation/rates.csv"],
    },
}
REMOTE = f"""[core]
    remote = storage
['remote "storage"']
    url = s3://sweeps/dvc
    endpointurl = {S3}
"""
BUCKET = f"import boto3; boto3.client('s3', endpoint_url='{S3}').create_bucket(Bucket='sweeps')"


def host(directory: Path, number: int) -> Host:
    """Makes a host with settings of git and Prefect, and credentials for the storage."""
    home, here = directory / str(number), directory / "here"
    environment = {
        "PYTHONPATH": str(here),
        "PREFECT_HOME": str(home / "prefect"),
        "PREFECT_API_URL": URL,
        "DVC_SITE_CACHE_DIR": str(home / "site"),
        "AWS_ACCESS_KEY_ID": "tester",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    made = Host(home, number, here, RATE, environment)
    for key in ("name", "email"):
        made.run("git", "config", "--global", f"user.{key}", "tester")
    return made


def make(host: Host, target: str, *variables: str) -> subprocess.Popen:
    return host.start("make", "--old-file=install", target, *variables)


class Sweeps:
    """A project of two stages, pushed and deployed, with workers for it."""

    def __init__(self, directory: Path):
        self.server, remotes = host(directory, SERVER), host(directory, REMOTES)
        remotes.run("git", "init", "-q", "--bare", "-b", "main", "project.git")
        remotes.start("git", "daemon", "--export-all", "--enable=receive-pack", "--base-path=.")
        remotes.start("python", "-m", "moto.server", "-H", "0.0.0.0", "-p", "9000")
        until(lambda: remotes.start("python", "-c", BUCKET).wait() == 0, 60)
        self.project()
        make(self.server, "server", f"PREFECT_SERVER_API_HOST={self.server.address}")
        self.commit(0)
        self.workers: dict[Host, subprocess.Popen] = {}
        with get_client(sync_client=True) as client:
            until(lambda: client.api_healthcheck() is None, 120)
            assert make(self.server, "deploy").wait() == 0
            for number in WORKERS:
                worker = host(directory, number)
                worker.run("git", "clone", "-q", ORIGIN, ".")
                self.workers[worker] = make(worker, "sweep-worker")
            until(lambda: len(client.read_workers_for_work_pool("sweep")) == len(WORKERS), 120)

    def project(self) -> None:
        """Makes the project on the server's host, with its own DVC cache."""
        run, files = self.server.run, self.server.files
        run("git", "init", "-q", "-b", "main")
        run("git", "remote", "add", "origin", ORIGIN)
        run("cp", "-r", *COPIED, ".")
        run("dvc", "init", "-q")
        (files / ".dvc/config").write_text(REMOTE)
        (files / "evaluate.py").write_text(EVALUATE)
        (files / "dvc.yaml").write_text(yaml.safe_dump({"stages": STAGES}))
        (files / ".gitignore").write_text("/prepared\n/trained\n/reports/sweep\n__pycache__\n")

    def commit(self, number: int) -> str:
        """Commits and pushes new data, which no worker has yet."""
        run, parameters = self.server.run, {"prepare": {"seed": number}, "train": {"epochs": 0}}
        (self.server.files / "params.yaml").write_text(yaml.safe_dump(parameters))
        run("dvc", "repro", "-q", "prepare")
        run("dvc", "push", "-q")
        run("git", "add", "--all")
        run("git", "commit", "-q", "-m", f"data {number}")
        run("git", "push", "-q", "origin", "main")
        return run("git", "rev-parse", "HEAD")

    def runs(self, worker: Host, words: str) -> bool:
        """Returns whether a worker runs a command with these words."""
        for process in psutil.Process(self.workers[worker].pid).children(recursive=True):
            with suppress(psutil.Error):
                if words in " ".join(process.cmdline()):
                    return True
        return False

    def trial(self, number: int, cut: str, chance: random.Random) -> bool:
        """Runs a sweep with a cut, and prints the outcome."""
        words, lasts, seconds = CUTS[cut]
        worker, moment = chance.choice([*self.workers]), chance.uniform(0, lasts)
        revision, began = self.commit(number), time.monotonic()
        values = ",".join(str(epochs) for epochs in range(1, POINTS + 1))
        command = ["python", "-m", "flows.sweep", f"train.epochs={values}"]
        sweep = self.server.start(*command, stdout=subprocess.PIPE)
        until(lambda: self.runs(worker, words), 120)
        time.sleep(moment)
        away = Thread(target=worker.cut, args=(seconds,))
        away.start()
        said = sweep.communicate()[0].splitlines()[-1]
        took = time.monotonic() - began
        away.join()
        until(lambda: not self.runs(worker, "prefect.engine"), 300)  # it may publish late
        rows, pushed = self.rows(), self.experiments(revision)
        once = len(rows) == POINTS and {*rows.values()} == {1}
        holds = sweep.returncode == 0 and once and rows == pushed
        print(
            f"{cut:8} cut off {moment:4.1f} s after it began, for {seconds} s: {holds}. {said} "
            f"{took:.0f} s, {sum(rows.values())} rows, {sum(pushed.values())} experiments, "
            f"runs: {dict(ended(revision))}",
            flush=True,
        )
        return holds

    def rows(self) -> Counter[str]:
        """Counts each experiment in the table."""
        with (self.server.files / "reports/sweep/table.csv").open() as file:
            return Counter(row["experiment"] for row in csv.DictReader(file))

    def experiments(self, revision: str) -> Counter[str]:
        """Counts each experiment of a commit at git's remote: DVC's refs/exps/AB/CDEF.../NAME."""
        refs = self.server.run("git", "ls-remote", "origin", f"refs/exps/*/{revision[2:]}/*")
        return Counter(ref.rsplit("/", 1)[1] for ref in refs.split()[1::2])


def ended(revision: str) -> Counter[str]:
    """Counts the runs of points of a commit by state."""
    with get_client(sync_client=True) as client:
        runs = client.read_flow_runs(limit=200)
    ours = [run for run in runs if (run.parameters or {}).get("revision") == revision]
    return Counter(str(run.state and run.state.name) for run in ours)


def main() -> None:
    number, seed = arguments(__doc__, cuts=7, seed=0)
    if DIRECTORY not in os.environ:
        with TemporaryDirectory() as directory:
            command = [sys.executable, "-m", "benchmarks.torture.hosts", f"{number}", f"{seed}"]
            sys.exit(alone("env", f"{DIRECTORY}={Path(directory).resolve()}", *command))
    bridge()
    chance, cuts = random.Random(seed), [*CUTS] * number
    with temporary_settings({PREFECT_API_URL: URL}):
        sweeps = Sweeps(Path(os.environ[DIRECTORY]))
        holds = [sweeps.trial(*each, chance) for each in enumerate(cuts[:number], 1)]
    print(f"the theorem holds for {sum(holds)} of {number}, seed {seed}")
    sys.exit(not all(holds))


if __name__ == "__main__":
    main()
