"""Which version is promoted, which one the checkout is, and its results.

What is not at git's remote does not count: every function asks there first, and raises InputError
where it does not answer.
"""

from ruamel.yaml import YAML

from flows.versions import tags
from flows.versions.repository import Repository
from image_compressor.errors import InputError

CODEC = "models/exported"


def promoted(repository: Repository) -> str | None:
    """The promoted version."""
    tags.update(repository)
    promotions = tags.promotions(repository)
    return promotions[-1] if promotions else None


def known(repository: Repository) -> str | None:
    """The version that has the checkout's codec, whether or not it was ever promoted.

    Only the stage that writes the codec counts: one more rejected file makes no new version.
    """
    tags.update(repository)
    try:
        made = _making((repository.path / "dvc.lock").read_text("utf-8"))
    except FileNotFoundError:
        raise InputError("There is no dvc.lock here. Run `dvc repro`.") from None
    for commit, version in tags.versions(repository).items():
        has_lock = repository.git("ls-tree", commit, "dvc.lock")  # not every one tagged by hand
        if has_lock and made == _making(repository.git("show", f"{commit}:dvc.lock")):
            return version
    return None


def adopt_latest(repository: Repository) -> str | None:
    """The newest version, whose dvc.lock and metrics replace those of the checkout.

    Then `dvc repro` runs only what has changed since, whichever branch is checked out.
    """
    tags.update(repository)
    versions = tags.versions(repository)
    if not versions:
        return None
    commit = [*versions][-1]
    names = repository.git("ls-tree", "-r", "--name-only", commit, "--", *repository.written())
    repository.git("restore", f"--source={commit}", "--", *names.splitlines())
    return versions[commit]


def _making(lock):
    """Returns the entry in a dvc.lock of the stage that writes the codec."""
    stages = YAML(typ="safe").load(lock)["stages"].values()
    return [stage for stage in stages if CODEC in (out["path"] for out in stage.get("outs", []))]
