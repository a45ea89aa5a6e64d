"""Publishes and promotes the codec that the pipeline made, and rolls back to the one before."""

import argparse
import sys
from datetime import datetime
from pathlib import Path

from flows.versions import tags, versions
from flows.versions.checks import check_author, check_clean, check_remotes
from flows.versions.repository import Repository
from image_compressor.errors import InputError


def check(repository: Repository) -> None:
    """Raises InputError where a promotion would fail for what is known before the pipeline runs."""
    check_author(repository)
    check_remotes(repository)


def publish(repository: Repository, branch: str, message: str, better: bool = False) -> str:
    """Publishes the outputs of the pipeline as a version, and returns it; promotes it if `better`.

    First the data go to DVC's remote; then, in one step, to git's: a commit of dvc.lock and
    metrics as the new `branch`, and the tags of its version and promotion. Whatever ends this in
    between, it may be run again.

    Args:
        message: of the commit and the tags: why.

    Raises InputError, and publishes nothing, for a checkout with other changes, a pipeline that is
    not up to date, a branch that is there already, and where a remote is missing or fails.
    """
    check(repository)
    check_clean(repository)
    version = versions.known(repository)
    if version and (not better or tags.promotions(repository)[-1:] == [version]):
        return version
    repository.dvc("push", "--run-cache")
    commit = repository.commit(message)
    new_branch = [] if version else [f"{commit}:refs/heads/{branch}"]
    with tags.pushed(repository, *new_branch):
        version = version or tags.register(repository, commit, message)
        if better:
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
    """`python -m flows.versions.registry COMMAND`, in the project's top directory.

    Commands: check (would a publication fail?), adopt_latest (take the results of the newest
    version), promoted, known (which version is), publish, promote (publish and promote), rollback.
    """
    commands = ("check", "adopt_latest", "promoted", "known", "publish", "promote", "rollback")
    parser = argparse.ArgumentParser("registry", description=main.__doc__)
    parser.add_argument("command", choices=commands)
    parser.add_argument(
        "--branch",
        default=f"retrain/{datetime.now():%Y-%m-%d-%H%M%S}",
        help="new, of a publication (default: %(default)s)",
    )
    parser.add_argument("--message", default="By hand", help="of a publication: why")
    options = parser.parse_args(arguments)
    repository, command = Repository(Path.cwd()), options.command
    try:
        if command == "check":
            check(repository)
        elif command in ("publish", "promote"):
            print(publish(repository, options.branch, options.message, command == "promote"))
        elif command == "rollback":
            print("{1} is promoted again, {0} no longer".format(*roll_back(repository)))
        else:
            print(getattr(versions, command)(repository) or "none")
    except InputError as error:
        sys.exit(f"registry: {error}")


if __name__ == "__main__":
    main()
