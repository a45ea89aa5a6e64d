"""A small project of three stages."""

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import yaml

from tests.conftest import ROOT


class Toy:
    """DVC project of three stages, the first written last, that each record that they ran."""

    def __init__(self, directory: Path):
        from dvc.repo import Repo  # after Prefect: it wraps stderr, and absl's log would close it

        self.directory = directory
        self.started: list[subprocess.Popen] = []
        Repo.init(str(directory), no_scm=True).close()
        (directory / "source").write_text("1")
        self.stages = {
            name: {"cmd": f"echo {name} >> ran; cp {dep} {name}.out", "deps": [dep]}
            | {"outs": [f"{name}.out"]}
            for name, dep in (("third", "second.out"), ("second", "first.out"), ("first", "source"))
        }
        self.write()

    def write(self):
        text = yaml.safe_dump({"stages": self.stages}, sort_keys=False)
        (self.directory / "dvc.yaml").write_text(text)

    def command(self, stage, command):
        """Puts `command` before the command of `stage`."""
        self.stages[stage]["cmd"] = f"{command}; {self.stages[stage]['cmd']}"
        self.write()

    def dvc(self, *arguments):
        process = self.popen(*arguments)
        printed, _ = process.communicate()
        assert process.returncode == 0, printed
        return printed

    def popen(self, *arguments, module="dvc", **environment):
        """Starts `python -m dvc ...`."""
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=self.directory,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.started.append(process)
        return process

    def ran(self):
        """Lists the stages that ran since the last call."""
        file = self.directory / "ran"
        names = file.read_text().split() if file.exists() else []
        file.write_text("")
        return names

    def flow(self, **environment):
        """Starts `python -m flows.pipeline`."""
        return self.popen(module="flows.pipeline", **environment)

    def processes(self):
        """Lists the other processes that work in the project's directory."""
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                if process.pid != os.getpid() and process.cwd() == str(self.directory):
                    found.append(process)
        return found

    def is_quiet(self, seconds=60):
        """Waits until no process is left; returns whether that happened in time."""
        end = time.monotonic() + seconds
        while self.processes() and time.monotonic() < end:
            time.sleep(0.1)
        return not self.processes()
