"""Publishes and promotes the codec that the pipeline made, or rolls back to the previous one."""

import argparse
import sys
from datetime import datetime
from pathlib import Path

from flows.versions import branches, tags, versions
from flows.versions.checks import check_author, check_clean, check_remotes
from flows.versions.repository import Repository
from image_compressor.codec import exported
from image_compressor.errors import InputError, nearest


def check(repository: Repository) -> None:
    """Raises InputError if it is clear before the pipeline runs that a promotion would fail."""
    check_author(repository)
    check_remotes(repository)


def publish(
    repository: Repository, branch: str, message: str, better: bool = False, trial: bool = False
) -> str:
    """Publishes the outputs of the pipeline as a version and returns it; promotes it if `better`.

    First, the data is pushed to DVC's remote. Then one atomic push sends to git's remote a commit
    of dvc.lock and metrics as the new `branch`, and the tags for the version and its promotion.
    After an interruption, it can simply be run again.

    Args:
        message: the reason, for the commit and the tags.
        trial: a better one becomes a candidate instead.

    Raises InputError, and publishes nothing, if the checkout has other changes, the pipeline is not
    up to date, the branch exists, or a remote is missing or fails.
    """
    check(repository)
    check_clean(repository)
    version = versions.known(repository)
    settled = [versions.candidate(repository)] if trial else tags.promotions(repository)[-1:]
    if version and (not better or version in settled):
        return version
    repository.dvc("push", "--run-cache")
    commit = repository.commit(message)
    new_branch = [] if version else [f"{commit}:refs/heads/{branch}"]
    with tags.pushed(repository, *new_branch):
        version = version or tags.register(repository, commit, message, _codec_id(repository))
        if better:
            tags.assign(repository, version, message, tags.CANDIDATE if trial else tags.STAGE)
    return version


def _codec_id(repository):
    """The id of the codec in the checkout."""
    return exported.codec_id(exported.read(repository.path / versions.CODEC))


def roll_back(repository: Repository) -> tuple[str, str]:
    """Promotes the previously promoted version again; returns the current and the previous one.

    Versions that were rolled back do not count. Raises InputError if there is no previous one.
    """
    check_author(repository)
    tags.update(repository)
    standing: list[str] = []
    for version in tags.promotions(repository):
        again = version in standing
        standing = standing[: standing.index(version) + 1] if again else [*standing, version]
    if len(standing) < 2:
        promoted = ", ".join(standing) or "none"
        raise InputError(
            f"There is no earlier version to roll back to (promoted: {promoted}). Promote another "
            "version first."
        )
    now, before = standing[-1], standing[-2]
    with tags.pushed(repository):
        tags.assign(repository, before, f"Rolled back from {now}")
    return now, before


def promote(repository: Repository, version: str, message: str = "") -> str | None:
    """Promotes a version that is published already; returns the one that was promoted until now.

    Args:
        message: the reason, for the tag.

    Raises InputError if it is not published, or promoted already.
    """
    check_author(repository)
    tags.update(repository)
    published, promotions = [*tags.versions(repository).values()], tags.promotions(repository)
    before = promotions[-1] if promotions else None
    if version not in published:
        raise InputError("a published version", version, nearest(version, published))
    if version == before:
        raise InputError(f"{version} is the promoted version already. Name another one.")
    with tags.pushed(repository):
        tags.assign(repository, version, message or f"Promoted by hand instead of {before}")
    return before


def withdraw(repository: Repository, message: str = "Withdrawn by hand") -> str:
    """Ends the trial of the candidate, and returns its version. Raises InputError without one."""
    check_author(repository)
    version = versions.candidate(repository)
    if version is None:
        raise InputError("No version is on trial, so none can be withdrawn.")
    with tags.pushed(repository):
        tags.assign(repository, version, message, tags.WITHDRAWN)
    return version


def main(arguments: list[str] | None = None) -> None:
    """`python -m flows.versions.registry COMMAND`, in the project's top directory.

    Commands: check (author and remotes), adopt_latest (use the results of the newest version),
    promoted, candidate, known (show the promoted version, the one on trial, this checkout's),
    publish, promote (publish and promote; or, with VERSION, promote one that is published),
    withdraw (end the trial), rollback.
    """
    commands = ["check", "adopt_latest", "promoted", "candidate", "known"]
    commands += ["publish", "promote", "withdraw", "rollback"]
    parser = argparse.ArgumentParser("registry", description=main.__doc__)
    parser.add_argument("command", choices=commands)
    parser.add_argument("version", nargs="?", help="for promote: a published version, v0.0.1")
    parser.add_argument(
        "--branch",
        default=f"retrain/{datetime.now():%Y-%m-%d-%H%M%S}",
        help="new branch for a publication (default: %(default)s)",
    )
    parser.add_argument("--message", default="By hand", help="reason for a publication")
    options = parser.parse_args(arguments)
    repository, command = Repository(Path.cwd()), options.command
    if options.version and command != "promote":
        parser.error(f"{command} takes no version")
    try:
        if command == "check":
            check(repository)
        elif options.version:
            before = promote(repository, options.version) or "none"
            told = branches.bring(repository, options.version)
            print(f"{options.version} is promoted instead of {before}. {told}")
        elif command in ("publish", "promote"):
            print(publish(repository, options.branch, options.message, command == "promote"))
        elif command == "withdraw":
            print(f"{withdraw(repository)} is withdrawn")
        elif command == "rollback":
            now, before = roll_back(repository)
            told = branches.bring(repository, before)
            print(f"{before} is promoted again instead of {now}. {told}")
        else:
            print(getattr(versions, command)(repository) or "none")
    except InputError as error:
        sys.exit(f"registry: {error}")


if __name__ == "__main__":
    main()
