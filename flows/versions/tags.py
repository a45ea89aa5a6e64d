"""Versions and promotions of the codec: git tags in GTO's format.

A version is a tag `codec@v0.0.1` on the commit whose dvc.lock describes it. The latest of the tags
`codec#prod#1`, ... marks the promoted version, which `dvc artifacts get` downloads; one of the tags
`codec#candidate#2`, ... a version on trial, and of the tags `codec#withdrawn#3`, ... its failure.
"""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from gto import api
from gto.constants import Action
from gto.tag import find, parse_name
from scmrepo.git import Git, GitTag

from flows.versions.repository import ACCESS, Repository
from image_compressor.cli.fetch import MARK
from image_compressor.errors import InputError

ARTIFACT = "codec"  # as in dvc.yaml
STAGE, CANDIDATE, WITHDRAWN = "prod", "candidate", "withdrawn"
MINUTE = 60
CLOCKS = 60  # seconds by which the clocks of two machines may differ


def update(repository: Repository) -> None:
    """Fetches the tags from git's remote, and removes those that it does not have.

    Raises InputError if it does not answer.
    """
    tags = [f"refs/tags/{ARTIFACT}{mark}*" for mark in "@#"]
    fetch = ("fetch", "--quiet", "--prune", "--no-tags", repository.remote)
    repository.git(*fetch, *(f"+{tag}:{tag}" for tag in tags), fix=ACCESS, seconds=MINUTE)


def versions(repository: Repository) -> dict[str, str]:
    """Returns all versions, by commit."""
    tags = _find(repository, Action.REGISTER)
    return {tag.target: parse_name(tag.name)["version"] for tag in tags}


def promotions(repository: Repository) -> list[str]:
    """Lists versions in the order in which they were promoted, each time that they were."""
    return [version for version, stage, _ in _assigned(repository) if stage == STAGE]


def candidate(repository: Repository) -> tuple[str, float] | None:
    """Returns the version on trial and the time when its trial began, in seconds since 1970.

    It is the last one that became a candidate, unless it was promoted or withdrawn since.
    """
    assigned = _assigned(repository)
    tried = [(version, at) for version, stage, at in assigned if stage == CANDIDATE]
    if not tried:
        return None
    last = [stage for version, stage, _ in assigned if version == tried[-1][0]][-1]
    return tried[-1] if last == CANDIDATE else None


def register(repository: Repository, commit: str, message: str, codec_id: str) -> str:
    """Tags a commit as the next version, and returns the version.

    The tag says the codec's id, by which `image-compressor fetch --id` finds the version.
    """
    message = f"{message}\n\n{MARK}{codec_id}"
    return api.register(str(repository.path), ARTIFACT, commit, message=message).version


def assign(repository: Repository, version: str, message: str, stage: str = STAGE) -> None:
    """Adds the tag that promotes a version, or gives it another stage.

    Raises InputError if the last such tag is in the future.
    """
    last = max((tag.tag_time for tag in _find(repository, Action.ASSIGN)), default=0)
    ahead = last + 1 - time.time()  # GTO orders tags by time, in whole seconds
    if ahead > CLOCKS:
        raise InputError(
            f"The last tag is {ahead:.0f} s in the future by this machine's clock. Set the "
            "clock, or wait."
        )
    time.sleep(max(0, ahead))
    api.assign(str(repository.path), ARTIFACT, stage, version=version, message=message, force=True)


@contextmanager
def pushed(repository: Repository, *refs: str) -> Iterator[None]:
    """Pushes the tags made in the block together with `refs`, in one step.

    If anything fails, nothing is pushed and the tags are deleted.
    """
    before = _names(repository)
    try:
        yield
        repository.push(*refs, *(_names(repository) - before))
    except BaseException:  # Ctrl-C too; raised again below
        for tag in _names(repository) - before:
            repository.git("tag", "--delete", tag)
        raise


def _names(repository):
    return {*repository.git("tag", "--list", f"{ARTIFACT}[@#]*").split()}


def _assigned(repository) -> list[tuple[str, str, float]]:
    """(version, stage, time) of each assignment, in their order."""
    known = versions(repository)
    return [
        (known[tag.target], parse_name(tag.name)["stage"], tag.tag_time)
        for tag in _find(repository, Action.ASSIGN)
        if tag.target in known
    ]


def _find(repository, action) -> list[GitTag]:
    with closing(Git(str(repository.path))) as scm:
        return find(action=action, name=ARTIFACT, scm=scm)
