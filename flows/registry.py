"""Publishes and promotes the codec that the pipeline made, and rolls back to the one before.

What is not at git's remote is not promoted: every function asks there first.
"""

import argparse
import sys
from datetime import datetime
from pathlib import Path

from flows import tags
from flows.checks import check_author, check_clean, check_remotes
from flows.repository import Repository
from image_compressor.errors import InputError


def promoted(repository: Repository) -> str | None:
    """The promoted version. Raises InputError where git's remote does not answer."""
    tags.update(repository)
    promotions = tags.promotions(repository)
    return promotions[-1] if promotions else None


def known(repository: Repository) -> str | None:
    """The version whose dvc.lock is that of the checkout: promoted once, perhaps rolled back from.

    Raises InputError where git's remote does not answer.
    """
    tags.update(repository)
    lock = repository.git("hash-object", "dvc.lock", fix="Run `dvc repro`.")
    for commit, version in tags.versions(repository).items():
        if lock in repository.git("ls-tree", commit, "dvc.lock"):
            return version
    return None


def check(repository: Repository) -> None:
    """Raises InputError where a promotion would fail for what is known before the pipeline runs."""
    check_author(repository)
    check_remotes(repository)


def promote(repository: Repository, branch: str, message: str) -> str:
    """Publishes and promotes the outputs of the pipeline; returns their version.

    First the data go to DVC's remote; then, in one step, to git's: a commit of dvc.lock and
    metrics as the new `branch`, and the tags of its version and promotion. Whatever ends this in
    between, it may be run again.

    Args:
        message: of the commit and the tags: why.

    Raises InputError, and promotes nothing, for a checkout with other changes, a pipeline that is
    not up to date, a branch that is there already, and where a remote is missing or fails.
    """
    check(repository)
    check_clean(repository)
    version = known(repository)
    if version and tags.promotions(repository)[-1:] == [version]:
        return version
    repository.dvc("push", "--run-cache")
    if version:
        with tags.pushed(repository):
            tags.assign(repository, version, message)
        return version
    commit = repository.commit(message)
    with tags.pushed(repository, f"{commit}:refs/heads/{branch}"):
        version = tags.register(repository, commit, message)
        tags.assign(repository, version, message)
    return version


def roll_back(repository: Repository) -> tuple[str, str]:
    """Promotes again the version promoted before this one; returns this and that.

    Versions that were rolled back from do not count. Raises InputError where there is none.
    """
    check_author(repository)
    tags.update(repository)
    standing: list[str] = []
    for version in tags.promotions(repository):
        again = version in standing
        standing = standing[: standing.index(version) + 1] if again else [*standing, version]
    if len(standing) < 2:
        raise InputError(
            "a version that was promoted before",
            f"promoted: {', '.join(standing) or 'none'}",
            "Promote another first.",
        )
    now, before = standing[-1], standing[-2]
    with tags.pushed(repository):
        tags.assign(repository, before, f"Rolled back from {now}")
    return now, before


def main(arguments: list[str] | None = None) -> None:
    """`python -m flows.registry check | promoted | known | promote | rollback`, in the top."""
    parser = argparse.ArgumentParser("registry", description=main.__doc__)
    parser.add_argument("command", choices=("check", "promoted", "known", "promote", "rollback"))
    parser.add_argument(
        "--branch",
        default=f"retrain/{datetime.now():%Y-%m-%d-%H%M%S}",
        help="new, of promote's commit (default: %(default)s)",
    )
    parser.add_argument("--message", default="Promoted by hand", help="of promote: why")
    options = parser.parse_args(arguments)
    repository = Repository(Path.cwd())
    try:
        if options.command == "check":
            check(repository)
        elif options.command == "promote":
            print(promote(repository, options.branch, options.message))
        elif options.command == "rollback":
            print("{1} is promoted again, {0} no longer".format(*roll_back(repository)))
        else:
            version = {"promoted": promoted, "known": known}[options.command](repository)
            print(version or "none")
    except InputError as error:
        sys.exit(f"registry: {error}")


if __name__ == "__main__":
    main()
