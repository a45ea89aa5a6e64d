"""A checkout as git and DVC see it; their errors become one line."""

import logging
import os
import re
import sys
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any

from flows.running import process
from image_compressor.cli.in_time import output
from image_compressor.errors import InputError, of_machine

SSH = "ssh -oBatchMode=yes -oConnectTimeout=10 -oServerAliveInterval=10 -oServerAliveCountMax=2"
ENVIRONMENT = {
    "LC_ALL": "C",
    # Fail instead of asking for a password that nobody is there to type.
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": os.environ.get("GIT_ASKPASS", ""),
    "GIT_SSH_COMMAND": os.environ.get("GIT_SSH_COMMAND", SSH),
    # Give up a transfer that stays below 100 bytes per second for 20 seconds.
    "GIT_HTTP_LOW_SPEED_LIMIT": "100",
    "GIT_HTTP_LOW_SPEED_TIME": "20",
}
ANSWER = 20  # seconds for a remote to answer
TRANSFER = 600  # seconds for git to fetch, clone or push
DAY = 24 * 3600  # seconds for all data; storage clients have shorter timeouts of their own
ACCESS = "Check its address, the network, and your access to it."
# The lines in which git, ssh and dvc report errors, most informative first.
REASONS = (r"^ ! (?!.*\(atomic)(.+)", r"^scan: (?!done)(.+)", r"^(?:ssh|fatal|error|ERROR): (.+)")


class Busy(InputError):
    """The checkout is in use."""


@dataclass(frozen=True)
class Repository:
    """A git checkout with DVC in it.

    Attributes:
        path: its top directory.
        remote: the git remote that results are pushed to.
    """

    path: Path
    remote: str = "origin"

    def git(
        self,
        *arguments: str,
        fix: str = "See `git status`.",
        seconds: int = TRANSFER,
        index: Path | None = None,
    ) -> str:
        """Runs a git command and returns its output.

        Args:
            fix: advice for the error message.
            seconds: timeout, after which the command and its children are killed.
            index: the file to use as git's index.

        Raises InputError if it fails.
        """
        environment = os.environ | process.ENVIRONMENT | ENVIRONMENT
        environment |= {"GIT_INDEX_FILE": str(index)} if index else {}
        name = next(word for word in arguments if not re.match("-|.*=", word))
        run = partial(output, ["git", *arguments], seconds, environment, self.path)
        return _answer(f"git {name}", run, fix)

    def dvc(self, *arguments: str, fix: str = ACCESS) -> str:
        """Waits for DVC's lock, runs a DVC command and returns its output; fails like `git`."""
        command = [sys.executable, "-m", "dvc", "--wait-for-lock", *arguments]
        return _answer(f"dvc {arguments[0]}", partial(self._supervised, command), fix)

    def _supervised(self, command):
        """Runs a command that may take hours, and that ends with this process, even by kill -9."""
        environment = os.environ | ENVIRONMENT
        options: dict[str, Any] = {"cwd": self.path, "environment": environment}
        with TemporaryFile("w+", errors="replace") as errors:
            code, lines = process.run(command, lambda line: None, DAY, errors=errors, **options)
            errors.seek(0)
            return code, "\n".join(lines), errors.read()

    def written(self) -> list[str]:
        """Lists the outputs of stages that git tracks: dvc.lock, and uncached ones like metrics."""
        with self.dvc_repo() as repository:
            kept = [Path(out.fs_path) for out in repository.index.outs if not out.use_cache]
        paths = [str(path.relative_to(self.path.resolve())) for path in kept if path.exists()]
        return ["dvc.lock", *paths]

    def always_changed(self) -> list[str]:
        """Lists the stages that run each time, whether or not anything changed."""
        with self.dvc_repo() as dvc:
            return [stage.addressing for stage in dvc.index.stages if stage.always_changed]

    def changed(self) -> list[str]:
        """Lists the files that differ from HEAD, except the outputs of stages."""
        names = ("-c", "core.quotePath=false")
        changed = self.git(*names, "diff", "--name-only", "HEAD").splitlines()
        untracked = self.git(*names, "ls-files", "--others", "--exclude-standard").splitlines()
        return sorted({*changed, *untracked} - {*self.written()})

    def stale(self) -> list[str]:
        """Lists the stages that changed; missing data does not count as changed.

        This is not DVC's dry run, which fails in a clone where the outputs of a stage that has yet
        to run are missing. Stages that always run, such as scan, run first, as others read them.
        """
        from dvc.repo import lock_repo
        from dvc.repo.reproduce import plan_repro

        always = self.always_changed()
        if always:
            self.dvc("repro", "--single-item", "--allow-missing", *always, fix="")
        with chdir(self.path), self.dvc_repo() as repository, lock_repo(repository):
            graph = repository.index.graph
            return [
                stage.addressing
                for stage in plan_repro(graph)
                if not stage.always_changed
                and stage.changed(allow_missing=True, upstream=[*graph.successors(stage)])
            ]

    def commit(self, message: str) -> str:
        """Commits the outputs of stages on top of HEAD; returns HEAD if it has them already.

        No branch, index or file of the checkout changes.
        """
        with TemporaryDirectory() as directory:
            index = Path(directory, "index")
            self.git("read-tree", "HEAD", index=index)
            self.git("add", "--", *self.written(), index=index)
            tree = self.git("write-tree", index=index)
        if tree == self.git("rev-parse", "HEAD^{tree}"):
            return self.git("rev-parse", "HEAD")
        return self.git("commit-tree", tree, "-p", "HEAD", "-m", message)

    def check_answers(self, url: str) -> None:
        """Raises InputError unless a git repository answers at a URL or a remote's name."""
        self.git("ls-remote", "--", url, "HEAD", fix=ACCESS, seconds=ANSWER)

    def push(self, *refs: str) -> None:
        """Pushes all refs or none. Raises InputError if one exists with another content."""
        fix = "If it exists already, run this again or choose another branch; else check access."
        self.git("push", "--atomic", self.remote, *refs, fix=fix)

    @contextmanager
    def dvc_repo(self) -> Iterator[Any]:
        """Opens the `dvc.repo.Repo`. Raises InputError if `path` is not its top, or DVC fails."""
        from dvc.exceptions import DvcException
        from dvc.lock import LockError
        from dvc.repo import Repo

        logging.getLogger("dvc").setLevel(logging.ERROR)
        try:
            with Repo(str(self.path)) as repository:
                if Path(repository.root_dir) != self.path.resolve():
                    raise InputError(
                        f"{self.path} is not the project's top directory. Change to that directory "
                        "first."
                    )
                yield repository
        except LockError as error:
            raise Busy(
                f"A DVC command is running in this checkout: {error}. Wait until it ends."
            ) from None
        except DvcException as error:
            reason = str(error).strip().removesuffix(".")
            raise InputError(
                f"DVC cannot read the pipeline: {reason}. Work in the project's top directory, and "
                "correct the file."
            ) from None
        except OSError as error:  # such as an unreadable file in DVC's cache
            raise of_machine(error) from None


def _answer(name, run, fix):
    """Returns a command's output. Raises InputError with its most informative line if it fails."""
    try:
        code, printed, errors = run()
    except OSError as error:
        raise InputError(f"`{name}` failed: {error}. {fix}") from None
    if code:
        text = f"{errors}\n{printed}"
        found = [line for pattern in REASONS for line in re.findall(pattern, text, re.M)]
        reason = (found or [(errors or printed)[-200:]])[0].strip().removesuffix(".")
        raise InputError(f"`{name}` failed: {reason}. {fix}")
    return printed.strip()
