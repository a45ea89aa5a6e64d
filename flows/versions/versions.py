"""Finds the promoted version and the checkout's version, and adopts the newest one's results.

Only versions at git's remote count: every function fetches the tags first, and raises InputError if
the remote does not answer.
"""

from ruamel.yaml import YAML

from flows.versions import tags
from flows.versions.repository import Repository
from image_compressor.errors import InputError

CODEC = "models/exported"


def promoted(repository: Repository) -> str | None:
    """Returns the promoted version, if any."""
    tags.update(repository)
    promotions = tags.promotions(repository)
    return promotions[-1] if promotions else None


def candidate(repository: Repository) -> str | None:
    """Returns the version that is on trial beside the promoted one, if any."""
    tags.update(repository)
    found = tags.candidate(repository)
    return found and found[0]


def known(repository: Repository) -> str | None:
    """Returns the version that has the checkout's codec, whether or not it was ever promoted.

    Only the stage that writes the codec counts: one more rejected file makes no new version.
    """
    tags.update(repository)
    try:
        made = _making((repository.path / "dvc.lock").read_text("utf-8"))
    except FileNotFoundError:
        raise InputError("There is no dvc.lock in this checkout. Run `dvc repro`.") from None
    for commit, version in tags.versions(repository).items():
        has_lock = repository.git("ls-tree", commit, "dvc.lock")  # a tag made by hand may lack it
        if has_lock and made == _making(repository.git("show", f"{commit}:dvc.lock")):
            return version
    return None


def adopt_latest(repository: Repository) -> str | None:
    """Replaces the checkout's dvc.lock and metrics by those of the newest version; returns it.

    `dvc repro` then runs only the stages that changed since, on any branch.
    """
    tags.update(repository)
    versions = tags.versions(repository)
    if not versions:
        return None
    commit = [*versions][-1]
    names = repository.git("ls-tree", "-r", "--name-only", commit, "--", *repository.written())
    repository.git("restore", f"--source={commit}", "--", *names.splitlines())
    return versions[commit]


def pull_promoted(repository: Repository, path: str, to: str) -> None:
    """Pulls an output of the pipeline as it was for the promoted version, if there is one.

    Args:
        path: the output, which is not there yet.
        to: where it is moved.
    """
    version, lock = promoted(repository), repository.path / "dvc.lock"
    if version is None:
        return
    kept = lock.read_bytes()
    try:
        lock.write_text(repository.git("show", f"{tags.ARTIFACT}@{version}:dvc.lock"), "utf-8")
        repository.dvc("pull", path)
        (repository.path / path).rename(repository.path / to)
    finally:
        lock.write_bytes(kept)


def _making(lock):
    """Returns the entries in a dvc.lock of the stages that write the codec."""
    stages = YAML(typ="safe").load(lock)["stages"].values()
    return [stage for stage in stages if CODEC in (out["path"] for out in stage.get("outs", []))]
