"""A checkout as git and DVC see it. What is wrong with it, or with its remotes, is one line."""

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
    # To fail, not to ask for a password that nobody is there to type.
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": os.environ.get("GIT_ASKPASS", ""),
    "GIT_SSH_COMMAND": os.environ.get("GIT_SSH_COMMAND", SSH),
    # A transfer of less than so many bytes a second for so many seconds is given up.
    "GIT_HTTP_LOW_SPEED_LIMIT": "100",
    "GIT_HTTP_LOW_SPEED_TIME": "20",
}
ANSWER = 20  # seconds for a remote to answer
TRANSFER = 600  # seconds for git to fetch, clone or push
DAY = 24 * 3600  # seconds for all data; clients of storages give up a silent one by themselves
ACCESS = "Check its address, the network, and your access to it."
# The lines of git, ssh and dvc that say what is wrong, those that say most first.
REASONS = (r"^ ! (?!.*\(atomic)(.+)", r"^scan: (?!done)(.+)", r"^(?:ssh|fatal|error|ERROR): (.+)")


class Busy(InputError):
    """The checkout is in use."""


@dataclass(frozen=True)
class Repository:
    """A git checkout with DVC in it.

    Attributes:
        path: its top.
        remote: git's name of the place that results are pushed to.
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
        """What the command prints.

        Args:
            fix: what to do where it fails.
            seconds: after which it is killed, with all that it started.
            index: the file to use as git's index.

        Raises InputError where it fails.
        """
        environment = os.environ | process.ENVIRONMENT | ENVIRONMENT
        environment |= {"GIT_INDEX_FILE": str(index)} if index else {}
        name = next(word for word in arguments if not re.match("-|.*=", word))
        run = partial(output, ["git", *arguments], seconds, environment, self.path)
        return _answer(f"git {name}", run, fix)

    def dvc(self, *arguments: str, fix: str = ACCESS) -> str:
        """What the command prints, once no other holds DVC's lock. Raises InputError as `git`."""
        command = [sys.executable, "-m", "dvc", "--wait-for-lock", *arguments]
        return _answer(f"dvc {arguments[0]}", partial(self._supervised, command), fix)

    def _supervised(self, command):
        """Runs a command that may take hours: kill -9 of this process ends it too."""
        environment = os.environ | ENVIRONMENT
        options: dict[str, Any] = {"cwd": self.path, "environment": environment}
        with TemporaryFile("w+", errors="replace") as errors:
            code, lines = process.run(command, lambda line: None, DAY, errors=errors, **options)
            errors.seek(0)
            return code, "\n".join(lines), errors.read()

    def written(self) -> list[str]:
        """What stages write and git keeps: dvc.lock, and outputs without a cache, as metrics."""
        with self.dvc_repo() as repository:
            kept = [Path(out.fs_path) for out in repository.index.outs if not out.use_cache]
        paths = [str(path.relative_to(self.path.resolve())) for path in kept if path.exists()]
        return ["dvc.lock", *paths]

    def always_changed(self) -> list[str]:
        """The stages that run each time, whatever changed."""
        with self.dvc_repo() as repository:
            return [one.addressing for one in repository.index.stages if one.always_changed]

    def changed(self) -> list[str]:
        """The files that are not as in HEAD, but for what stages write."""
        names = ("-c", "core.quotePath=false")
        changed = self.git(*names, "diff", "--name-only", "HEAD").splitlines()
        untracked = self.git(*names, "ls-files", "--others", "--exclude-standard").splitlines()
        return sorted({*changed, *untracked} - {*self.written()})

    def stale(self) -> list[str]:
        """The stages that changed; data that is only not here does not count.

        Not DVC's dry run, which fails in a clone where the results of a stage that has yet to run
        are missing. Stages that always run, such as scan, run first: what they write counts.
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
        """A commit on HEAD of what stages wrote, or HEAD where that is in it already.

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
        """Raises InputError unless a git repository answers at the URL, or that of a remote."""
        self.git("ls-remote", "--", url, "HEAD", fix=ACCESS, seconds=ANSWER)

    def push(self, *refs: str) -> None:
        """Pushes all of them, or none. Raises InputError where one is there, and is another."""
        fix = "If it is there already, run this again or name another branch; else check access."
        self.git("push", "--atomic", self.remote, *refs, fix=fix)

    @contextmanager
    def dvc_repo(self) -> Iterator[Any]:
        """The `dvc.repo.Repo`. Raises InputError where the path is not its top, or DVC refuses."""
        from dvc.exceptions import DvcException
        from dvc.lock import LockError
        from dvc.repo import Repo

        logging.getLogger("dvc").setLevel(logging.ERROR)
        try:
            with Repo(str(self.path)) as repository:
                if Path(repository.root_dir) != self.path.resolve():
                    raise InputError("the project's top as directory", self.path, "Change to it.")
                yield repository
        except LockError as error:
            raise Busy(
                f"A DVC command is running in this checkout: {error}. Wait until it ends."
            ) from None
        except DvcException as error:
            fix = "Work from the project's top, and mend the file."
            raise InputError("a pipeline that DVC can read", error, fix) from None
        except OSError as error:  # as of a file in its cache that cannot be read
            raise of_machine(error) from None


def _answer(name, run, fix):
    """What a command prints. Raises InputError, with the line that says most, where it fails."""
    try:
        code, printed, errors = run()
    except OSError as error:
        raise InputError(f"`{name}` failed: {error}. {fix}") from None
    if code:
        told = f"{errors}\n{printed}"
        found = [line for reason in REASONS for line in re.findall(reason, told, re.M)]
        reason = (found or [(errors or printed)[-200:]])[0].strip().removesuffix(".")
        raise InputError(f"`{name}` failed: {reason}. {fix}")
    return printed.strip()
