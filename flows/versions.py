"""Which version is promoted, which one the checkout is, and its results.

What is not at git's remote does not count: every function asks there first, and raises InputError
where it does not answer.
"""

from flows import tags
from flows.repository import Repository


def promoted(repository: Repository) -> str | None:
    """The promoted version."""
    tags.update(repository)
    promotions = tags.promotions(repository)
    return promotions[-1] if promotions else None


def known(repository: Repository) -> str | None:
    """The version whose dvc.lock is that of the checkout: promoted, rolled back from, or never."""
    tags.update(repository)
    lock = repository.git("hash-object", "dvc.lock", fix="Run `dvc repro`.")
    for commit, version in tags.versions(repository).items():
        if lock in repository.git("ls-tree", commit, "dvc.lock"):
            return version
    return None


def take_up(repository: Repository) -> str | None:
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
