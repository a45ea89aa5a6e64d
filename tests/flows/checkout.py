"""A small project with a codec in it, and its two remotes."""

import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import yaml

from flows.versions import registry
from flows.versions.repository import Repository
from image_compressor.codec.frozen.table_file import TABLES
from tests.conftest import ROOT
from tests.dvc_here import dvc

ARTIFACTS = yaml.safe_load((ROOT / "dvc.yaml").read_text())["artifacts"]
COPY = "mkdir -p models && cp -r source models/exported && cp source/card.json metrics.json"
STAGES = {
    "export": {
        "cmd": COPY,
        "deps": ["source"],
        "outs": ["models/exported"],
        "metrics": [{"metrics.json": {"cache": False}}],
    }
}


class Checkout:
    """Checkout of a git repository `origin` with the default DVC remote `storage`, both beside it.

    Args:
        codec: directory that its only stage copies to models/exported.
        storage: settings of the DVC remote.
    """

    def __init__(self, place: Path, codec: Path | None = None, **storage: str):
        from dvc.repo import Repo  # after Prefect: it wraps stderr, and absl's log would close it

        self.origin, self.path = place / "origin.git", place / "checkout"
        self.storage = storage or {"url": str(place / "storage")}
        self.repository = Repository(self.path)
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", self.origin], check=True)
        self.path.mkdir()
        self.git("init", "-q", "-b", "main")
        for key in ("name", "email"):
            self.git("config", f"user.{key}", "tester")
        self.git("remote", "add", "origin", str(self.origin))
        Repo.init(str(self.path)).close()
        settings = "".join(f"    {key} = {value}\n" for key, value in self.storage.items())
        remote = f"[core]\n    remote = storage\n['remote \"storage\"']\n{settings}"
        (self.path / ".dvc/config").write_text(remote)
        pipeline = {"stages": STAGES, "artifacts": ARTIFACTS}
        (self.path / "dvc.yaml").write_text(yaml.safe_dump(pipeline))
        (self.path / ".gitignore").write_text("/models\n")
        shutil.copytree(codec, self.path / "source") if codec else (self.path / "source").mkdir()
        self.commit("start")
        self.git("push", "--quiet", "origin", "main")

    def git(self, *arguments: str) -> str:
        return self.repository.git(*arguments)

    def dvc(self, *arguments: str) -> str:
        return self.repository.dvc(*arguments)

    def change(self, number: int) -> None:
        """Makes the source that of another codec, which does the same under another id."""
        (self.path / "source/card.json").write_text(json.dumps({"number": number}))
        with zipfile.ZipFile(self.path / "source" / TABLES, "a") as file:
            file.comment = str(number).encode()

    def train(self, number: int) -> None:
        """Makes the same codec with the card `number`, and commits its inputs first."""
        (self.path / "source/card.json").write_text(json.dumps({"number": number}))
        self.commit(f"source {number}")
        self.dvc("repro", "--quiet")

    def commit(self, message: str) -> None:
        """Commits everything except the outputs of stages."""
        self.git("add", "--all", ":!dvc.lock", ":!metrics.json")
        self.git("commit", "--quiet", "--message", message)

    def promote(self, number: int) -> str:
        self.train(number)
        return registry.publish(self.repository, f"retrain/{number}", f"better {number}", True)

    def published(self) -> tuple[set[str], set[str]]:
        """Returns the contents of the remotes: refs, and files if the storage is a directory."""
        refs = subprocess.run(
            ["git", "for-each-ref", "--format=%(refname) %(objectname)"],
            cwd=self.origin,
            capture_output=True,
            text=True,
            check=True,
        )
        files = Path(self.storage["url"]).rglob("*")
        return {*refs.stdout.splitlines()}, {str(file) for file in files if file.is_file()}

    def clone(self, path: Path) -> Repository:
        subprocess.run(["git", "clone", "--quiet", self.origin, path], check=True)
        return Repository(path)


def run_here(repository: Repository, command: list[str]) -> tuple[int, str, str]:
    """Replaces `Repository._supervised`: runs `python -m dvc ...` in this process."""
    return *dvc(repository.path, *command[3:]), ""
