"""Checks before a publication, so that it fails early or not at all."""

import threading

from flows.versions.repository import ACCESS, ANSWER, Repository
from image_compressor.errors import InputError


def check_author(repository: Repository) -> None:
    """Raises InputError unless git knows an author for commits and tags."""
    try:
        repository.git("-c", "user.useConfigOnly=true", "var", "GIT_COMMITTER_IDENT")
    except InputError as error:
        if "auto-detection is disabled" not in str(error):
            raise
        raise InputError(
            "Git knows no name and address for commits. Set both: `git config --global user.name "
            "NAME` and `git config --global user.email ADDRESS`."
        ) from None


def check_remotes(repository: Repository) -> None:
    """Raises InputError unless both remotes exist and answer. Takes seconds, writes nothing."""
    name = repository.remote
    repository.git("remote", "get-url", name, fix=f"Add it: `git remote add {name} URL`.")
    repository.check_answers(name)
    with repository.dvc_repo() as dvc:
        if not dvc.config["core"].get("remote"):
            raise InputError(
                "DVC has no default remote. Add one: `dvc remote add --default NAME URL`."
            )
    failures: list[Exception] = []
    # In a thread, because a storage client may take minutes to give up.
    asking = threading.Thread(target=_ask_dvc_remote, args=(repository, failures), daemon=True)
    asking.start()
    asking.join(ANSWER)
    if asking.is_alive():
        failures.append(TimeoutError(f"no answer in {ANSWER} s"))
    if failures:
        reason = f"{type(failures[0]).__name__}: {failures[0]}"
        raise InputError(f"DVC's default remote does not answer ({reason}). {ACCESS}")


def check_clean(repository: Repository) -> None:
    """Raises InputError for changes that a publication would omit, and for outdated stages."""
    check_committed(repository)
    stale = ", ".join(repository.stale())
    if stale:
        raise InputError(f"The pipeline is not up to date: {stale} changed. Run `dvc repro`.")


def check_committed(repository: Repository) -> None:
    """Raises InputError for changes since HEAD, except in outputs of stages."""
    changed = repository.changed()
    if changed:
        names = ", ".join(changed[:3])
        raise InputError(f"The checkout has changes in {names}. Commit or remove them.")


def check_pushed(repository: Repository) -> None:
    """Raises InputError unless HEAD is in a branch of git's remote, which must answer."""
    name = repository.remote
    repository.git("fetch", "--quiet", name, fix=ACCESS)
    if not repository.git("for-each-ref", "--contains", "HEAD", f"refs/remotes/{name}"):
        raise InputError(f"{name} does not have the commit HEAD. Run `git push`.")


def _ask_dvc_remote(repository, failures):
    try:
        with repository.dvc_repo() as dvc:
            remote = dvc.cloud.get_remote()
            if not remote.fs.exists(remote.path):
                _list(remote)
    except Exception as error:  # each storage client has its own kinds; the caller reports it
        failures.append(error)


def _list(remote):
    """Raises for a missing or private bucket, which `exists` does not tell from an unused path."""
    try:
        remote.fs.ls(remote.path)
    except FileNotFoundError as error:
        if error.__cause__:  # the storage's own error: the bucket is missing
            raise
