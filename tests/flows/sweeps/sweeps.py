"""A small project to sweep over, and workers for it."""

import contextlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil
import yaml

from tests.conftest import ROOT
from tests.flows.checkout import Checkout

# More epochs give a higher SSIM. 8 take seconds, 13 fail, and 99 run until somebody kills them.
SCRIPT = """
import json, pathlib, time, yaml
epochs = yaml.safe_load(open("params.yaml"))["train"]["epochs"]
assert epochs != 13, "Expected luck."
time.sleep({8: 5, 99: 1000}.get(epochs, 0))
directory = pathlib.Path("reports/evaluation")
directory.mkdir(parents=True, exist_ok=True)
metrics = {"bytes_per_image": 10, "ssim": 0.9 + epochs / 1000, "psnr": 20}
(directory / "metrics.json").write_text(json.dumps(metrics))
rows = [f"{n},{10 * n},{0.8 + 0.02 * n + epochs / 1000},0,{20 + n}" for n in range(1, 6)]
(directory / "rates.csv").write_text("\\n".join(["setting,bytes_per_image,ssim,l1,psnr", *rows]))
"""
EVALUATE = {
    "cmd": "python evaluate.py",
    "deps": ["evaluate.py"],
    "params": ["train"],
    "metrics": [{"reports/evaluation/metrics.json": {"cache": False}}],
    "plots": ["reports/evaluation/rates.csv"],
}


class Sweeps:
    """Pushed checkout of a project with one stage and its parameters."""

    def __init__(self, checkout: Checkout, server: str):
        self.checkout, self.path = checkout, checkout.path
        self.environment = {**os.environ, "PYTHONPATH": str(self.path), "PREFECT_API_URL": server}
        self.environment |= {"PREFECT_WORKER_QUERY_SECONDS": "1"}
        self.started: list[subprocess.Popen] = []
        (self.path / "evaluate.py").write_text(SCRIPT)
        (self.path / "params.yaml").write_text("train: {epochs: 1, rate: [0.5]}\nretrain: {a: 1}\n")
        (self.path / "dvc.yaml").write_text(yaml.safe_dump({"stages": {"evaluate": EVALUATE}}))
        (self.path / ".gitignore").write_text("/flows\n/image_compressor\n/reports/sweep\n")
        for package in ("flows", "image_compressor"):
            (self.path / package).symlink_to(ROOT / package)
        shutil.copy(ROOT / "prefect.yaml", self.path)
        self.checkout.commit("a stage with parameters")
        self.git("push", "--quiet", "origin", "main")

    def git(self, *arguments):
        return self.checkout.git(*arguments)

    def deploy(self, pool="sweep"):
        """Deploys like `make deploy`, optionally to another pool."""
        for arguments in (
            ("work-pool", "create", "--type", "process", "--overwrite", pool),
            ("deploy", "--name", "sweep-point", "--pool", pool),
        ):
            process = self.start("prefect", "--no-prompt", *arguments)
            printed, _ = process.communicate()
            assert process.returncode == 0, printed

    def start(self, module, *arguments, **environment):
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=self.path,
            env={**self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.started.append(process)
        return process

    def worker(self):
        """Starts a worker and waits until it is online."""
        worker = self.start("prefect", "worker", "start", "--pool", "sweep", "--limit", "1")
        assert any("started!" in line for line in worker.stdout)
        return worker

    def sweep(self, *arguments, **environment):
        """Returns the last line that `python -m flows.sweep` prints, and its exit code."""
        process = self.start("flows.sweep", *arguments, **environment)
        printed = process.communicate()[0].splitlines()
        assert not any(line.startswith("Traceback") for line in printed), printed
        return printed[-1], process.returncode

    def experiments(self):
        """Lists the experiments at git's remote."""
        refs = self.git("ls-remote", "origin", "refs/exps/*").split()
        return sorted(ref.rsplit("/", 1)[1] for ref in refs[1::2])

    def clones(self):
        """Lists the directories of existing clones."""
        return [path for path in self.path.glob(".dvc/tmp/clones/*") if path.is_dir()]

    def stages(self, epochs=""):
        """Lists the processes that run the stage, for any point or for one."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, FileNotFoundError):
                if "evaluate.py" in process.cmdline() and str(self.path) in process.cwd():
                    params = Path(process.cwd(), "params.yaml").read_text()
                    if f"epochs: {epochs}" in params:
                        found.append(process)
        return found

    def until(self, condition, seconds=60):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end
            time.sleep(0.1)

    def end(self):
        """Kills all processes that were started, and their children."""
        for process in self.started:
            if process.poll() is None:
                for child in psutil.Process(process.pid).children(recursive=True):
                    with contextlib.suppress(psutil.NoSuchProcess):
                        child.kill()
                process.kill()
            process.wait()
            process.stdout.close()
