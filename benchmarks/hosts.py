"""A sweep over workers on three hosts, one of which the network cuts off for a minute.

    python -m benchmarks.hosts [CUTS] [SEED]

Hosts are network namespaces on a bridge, so this needs Linux, root and `ip`: a server, which the
sweep is started on, the remotes (git's daemon and moto's S3), three workers. They share the network
and nothing else: each has a home and a checkout of its own, all at one path. Server, deployments
and workers are those of `make`. In turn the cut falls into each thing that a point does. The
theorem: whatever a worker did when it was cut off,

- the sweep ends as Completed: all points finished;
- its table has each point once, and so has git's remote.

Six take a quarter of an hour. Exit code 1 where the theorem does not hold.
"""

import csv
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import psutil
import yaml
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

from benchmarks.kills import COPIED, until

NETWORK = "10.77.0"  # the address of host N is NETWORK.N
SERVER, REMOTES, WORKERS = 1, 2, (3, 4, 5)
URL = f"http://{NETWORK}.{SERVER}:4200/api"
S3 = f"http://{NETWORK}.{REMOTES}:9000"
CUT = 60  # seconds
RATE = "8mbit"  # of a host's link, so that pulling and pushing take seconds
# What is cut: each by words in the command that a worker runs then, and how long that takes.
PHASES = {
    "start": ("prefect.engine", 5),
    "clone": ("git clone", 1),
    "pull": ("dvc exp run", 8),
    "train": ("evaluate.py", 15),
    "push": ("dvc push", 6),
    "publish": ("dvc exp push", 2),
}
POINTS = 6
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
    "prepare": {"cmd": "head -c 4000000 /dev/urandom > prepared", "params": ["prepare"]}
    | {"outs": ["prepared"]},
    "evaluate": {
        "cmd": "python evaluate.py",
        "deps": ["evaluate.py", "prepared"],
        "params": ["train"],
        "outs": ["trained"],
        "metrics": [{"reports/evaluation/metrics.json": {"cache": False}}],
        "plots": ["reports/evaluation/rates.csv"],
    },
}
CONFIG = f"""[core]
    remote = storage
['remote "storage"']
    url = s3://sweeps/dvc
    endpointurl = {S3}
"""


class Host:
    """A network namespace with an address, and a directory of its own that it takes for `here`."""

    def __init__(self, place: Path, number: int):
        self.name, self.link = f"sweep{number}", f"sweep-link{number}"
        self.home, self.here = place / self.name, place / "here"
        self.address = f"{NETWORK}.{number}"
        (self.home / "here").mkdir(parents=True)
        self.here.mkdir(exist_ok=True)
        self.environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(self.here),
            "HOME": str(self.home),
            "PREFECT_HOME": str(self.home / "prefect"),
            "PREFECT_API_URL": URL,
            "PREFECT_SERVER_API_HOST": self.address,
            "DVC_SITE_CACHE_DIR": str(self.home / "site"),
            "AWS_ACCESS_KEY_ID": "tester",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        ip(f"netns add {self.name}")
        ip(f"link add {self.link} type veth peer name eth0 netns {self.name}")
        ip(f"link set {self.link} master sweep up")
        ip(f"-n {self.name} address add {self.address}/24 dev eth0")
        for device in ("lo", "eth0"):
            ip(f"-n {self.name} link set {device} up")
        limit = f"dev eth0 root tbf rate {RATE} burst 64kb latency 400ms"
        self.run("tc", "qdisc", "add", *limit.split())

    def start(self, *command: str, **options) -> subprocess.Popen:
        """A command on this host, in its directory."""
        bind = f'mount --bind "{self.home}/here" "{self.here}" && cd "{self.here}" && exec "$@"'
        inside = ["ip", "netns", "exec", self.name, "sh", "-c", bind, "sh", *command]
        log = (self.home / "log").open("a")
        options = {"stdout": log, "stderr": log, "text": True} | options
        return subprocess.Popen(inside, env=self.environment, **options)

    def run(self, *command: str) -> str:
        """What it prints."""
        process = self.start(*command, stdout=subprocess.PIPE)
        printed, _ = process.communicate()
        assert process.returncode == 0, (self.home / "log").read_text()[-2000:]
        return printed

    def make(self, target: str) -> subprocess.Popen:
        return self.start("make", "--old-file=install", target)

    def cut(self, seconds: float) -> None:
        """Takes the host off the network for so long."""
        ip(f"link set {self.link} down")
        time.sleep(seconds)
        ip(f"link set {self.link} up")


class Hosts:
    """All of them, with a project of two stages; it is pushed, and deployed."""

    def __init__(self, place: Path):
        self.server, self.remotes, *workers = (
            Host(place, number) for number in (SERVER, REMOTES, *WORKERS)
        )
        daemon = ["git", "daemon", "--export-all", "--enable=receive-pack", "--base-path=."]
        self.remotes.run("git", "init", "-q", "--bare", "-b", "main", "project.git")
        self.remotes.start(*daemon)
        self.remotes.start("python", "-m", "moto.server", "-H", "0.0.0.0", "-p", "9000")
        self.project()
        self.server.make("server")
        with get_client(sync_client=True) as client:
            until(lambda: client.api_healthcheck() is None, 120)
        assert self.server.make("deploy").wait() == 0
        self.workers = {}
        for host in workers:
            self.settle(host)
            host.run("git", "clone", "-q", f"git://{self.remotes.address}/project.git", ".")
            self.workers[host] = host.make("sweep-worker")
        with get_client(sync_client=True) as client:
            until(lambda: len(client.read_workers_for_work_pool("sweep")) == len(workers), 120)

    def project(self) -> None:
        """On the server's host."""
        run, path = self.server.run, self.server.home / "here"
        self.settle(self.server)
        run("git", "init", "-q", "-b", "main")
        run("git", "remote", "add", "origin", f"git://{self.remotes.address}/project.git")
        run("cp", "-r", *COPIED, ".")
        run("dvc", "init", "-q")
        (path / ".dvc/config").write_text(CONFIG)
        (path / "evaluate.py").write_text(EVALUATE)
        (path / "dvc.yaml").write_text(yaml.safe_dump({"stages": STAGES}))
        (path / ".gitignore").write_text(
            "/prepared\n/trained\n/reports\n!/reports/evaluation/metrics.json\n__pycache__\n"
        )
        until(self.bucket, 60)
        self.commit(0)

    def bucket(self) -> bool:
        make = f"import boto3; boto3.client('s3', endpoint_url='{S3}').create_bucket"
        return self.server.start("python", "-c", f"{make}(Bucket='sweeps')").wait() == 0

    def settle(self, host: Host) -> None:
        """Git's and DVC's settings of the host's user."""
        for key in ("name", "email"):
            host.run("git", "config", "--global", f"user.{key}", "tester")

    def commit(self, trial: int) -> None:
        """New data, which no worker has yet."""
        run = self.server.run
        params = {"prepare": {"seed": trial}, "train": {"epochs": 0}}
        (self.server.home / "here/params.yaml").write_text(yaml.safe_dump(params))
        run("dvc", "repro", "-q", "prepare")
        run("dvc", "push", "-q")
        run("git", "add", "--all")
        run("git", "commit", "-q", "-m", f"trial {trial}")
        run("git", "push", "-q", "origin", "main")

    def at(self, host: Host, words: str) -> bool:
        """Does its worker run a command with these words?"""
        with suppress(psutil.NoSuchProcess):
            for process in psutil.Process(self.workers[host].pid).children(recursive=True):
                with suppress(psutil.Error):
                    if words in " ".join(process.cmdline()):
                        return True
        return False

    def trial(self, number: int, phase: str, chance: random.Random) -> bool:
        """A sweep with a cut, and what came of it."""
        self.commit(number)
        words, lasts = PHASES[phase]
        host, moment = chance.choice([*self.workers]), chance.uniform(0, lasts)
        began = time.monotonic()
        values = ",".join(str(epochs) for epochs in range(1, POINTS + 1))
        command = ["python", "-m", "flows.sweep", f"train.epochs={values}"]
        sweep = self.server.start(*command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        until(lambda: self.at(host, words), 120)
        time.sleep(moment)
        cut = Thread(target=host.cut, args=(CUT,))
        cut.start()
        printed = sweep.communicate()[0].splitlines()
        seconds = time.monotonic() - began
        cut.join()
        with (self.server.home / "here/reports/sweep/table.csv").open() as file:
            rows = Counter(row["experiment"] for row in csv.DictReader(file))
        refs = self.server.run("git", "ls-remote", "origin", "refs/exps/*").split()[1::2]
        baseline = self.server.run("git", "rev-parse", "HEAD").strip()
        there = Counter(ref.rsplit("/", 1)[1] for ref in refs if baseline[2:] in ref)
        once = len(rows) == POINTS and {*rows.values()} == {1}
        holds = sweep.returncode == 0 and once and rows == there
        print(
            f"{phase:8} {moment:4.1f} s after it began, {host.name}: {printed[-1]} {seconds:.0f} s;"
            f" {sum(rows.values())} rows, {sum(there.values())} experiments;"
            f" {json.dumps(self.runs(baseline))}: {holds}",
            flush=True,
        )
        return holds

    def runs(self, revision: str) -> dict[str, int]:
        """How many runs of points of the commit ended how."""
        with get_client(sync_client=True) as client:
            found = [run for run in client.read_flow_runs(limit=200) if run.parameters]
        ours = [run for run in found if run.parameters.get("revision") == revision]
        return Counter(str(run.state and run.state.name) for run in ours)


@contextmanager
def network():
    """A bridge that this process has an address on too."""
    clear()
    ip("link add sweep type bridge")
    ip(f"address add {NETWORK}.254/24 dev sweep")
    ip("link set sweep up")
    try:
        yield
    finally:
        for process in psutil.Process().children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        clear()


def clear() -> None:
    for number in (SERVER, REMOTES, *WORKERS):
        subprocess.run(["ip", "netns", "delete", f"sweep{number}"], stderr=subprocess.DEVNULL)
    subprocess.run(["ip", "link", "delete", "sweep"], stderr=subprocess.DEVNULL)


def ip(arguments: str) -> None:
    subprocess.run(["ip", *arguments.split()], check=True)


def main() -> None:
    number, seed = (int(text) for text in (sys.argv[1:] + ["6", "0"][len(sys.argv) - 1 :]))
    chance = random.Random(seed)
    phases = [*PHASES] * (1 + number // len(PHASES))
    api = temporary_settings({PREFECT_API_URL: URL})
    with TemporaryDirectory() as place, network(), api:
        hosts = Hosts(Path(place).resolve())
        holds = [hosts.trial(*trial, chance) for trial in enumerate(phases[:number], 1)]
    print(f"{sum(holds)} of {number} as it should be, of seed {seed}")
    sys.exit(not all(holds))


if __name__ == "__main__":
    main()
