"""Branches of git's remote: they get the results of the promoted version."""

from pathlib import Path
from tempfile import TemporaryDirectory

from flows.versions import tags
from flows.versions.repository import Repository
from image_compressor.errors import InputError


def merge(repository: Repository, published: str, branch: str) -> str:
    """Moves a branch of git's remote to the published one, which is then deleted.

    A fresh clone of `branch` then has the new dvc.lock, and `dvc pull` gets the promoted codec.
    Nothing is moved if the branch is protected, or has gone on since it was cloned.

    Returns: a sentence that says what was done, or why not.
    """
    name = repository.remote
    try:
        if not repository.git("ls-remote", "--heads", name, f"refs/heads/{branch}"):
            return f"{branch} is not a branch, so merge {published} where it belongs."
        repository.git("fetch", "--quiet", name, published)
        repository.push(f"FETCH_HEAD:refs/heads/{branch}", f":refs/heads/{published}")
    except InputError as error:
        return f"{branch} does not have it yet, so merge {published}: {error}"
    return f"{branch} has it."


def bring(repository: Repository, version: str) -> str:
    """Commits the dvc.lock and the metrics of a version to the default branch of git's remote.

    So `dvc pull` in a fresh clone gets this version, whatever the branch had until now. Its
    parameters and code stay: if they are not those of the version, `dvc status` says so. A branch
    that was published with the version is deleted, as the version's tag has its commit.

    Returns: a sentence that says what was done, or why not.
    """
    name, commit = repository.remote, f"{tags.ARTIFACT}@{version}^{{commit}}"
    commit = repository.git("rev-parse", commit)
    heads = repository.git("ls-remote", "--symref", name, "HEAD", "refs/heads/*")
    lines = [line.split() for line in heads.splitlines()]
    branch = next((words[1] for words in lines if words[0] == "ref:"), None)
    if branch is None:
        return f"HEAD of {name} names no branch, so commit its dvc.lock where it belongs."
    done = [words[1] for words in lines if words[0] == commit and "/retrain/" in words[1]]
    short = branch.removeprefix("refs/heads/")
    try:
        repository.git("fetch", "--quiet", name, branch)
        new = _with_results(repository, "FETCH_HEAD", commit, f"{tags.ARTIFACT}@{version}")
        repository.push(f"{new}:{branch}", *(f":{each}" for each in done))
    except InputError as error:
        return f"{short} does not have it yet, so commit its dvc.lock there: {error}"
    return f"{short} has it."


def _with_results(repository, branch, commit, message) -> str:
    """The commit of a branch, or a new one on it where the results of another commit differ."""
    listed = ("-c", "core.quotePath=false", "ls-tree", "-r", commit, "--")
    names = repository.git(*listed, *repository.written())
    with TemporaryDirectory() as directory:
        index = Path(directory, "index")
        repository.git("read-tree", branch, index=index)
        for line in names.splitlines():
            facts, path = line.split("\t")
            mode, _, content = facts.split()
            entry = f"{mode},{content},{path}"
            repository.git("update-index", "--add", "--cacheinfo", entry, index=index)
        tree = repository.git("write-tree", index=index)
    if tree == repository.git("rev-parse", f"{branch}^{{tree}}"):
        return repository.git("rev-parse", branch)
    return repository.git("commit-tree", tree, "-p", branch, "-m", message)
