"""What must hold before a publication, so that it fails early or not at all."""

import threading

from flows.versions.repository import ACCESS, ANSWER, Repository
from image_compressor.errors import InputError


def check_author(repository: Repository) -> None:
    """Raises InputError unless git was told whom to name in commits and tags."""
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
    """Raises InputError unless both remotes are there and answer. Takes seconds, writes nothing."""
    name = repository.remote
    repository.git("remote", "get-url", name, fix=f"Add it: `git remote add {name} URL`.")
    repository.check_answers(name)
    with repository.dvc_repo() as dvc:
        if not dvc.config["core"].get("remote"):
            fix = "Add one: `dvc remote add --default NAME URL`."
            raise InputError("a default remote of DVC", "none", fix)
    failures: list[Exception] = []
    # A thread, for the client of a storage may take minutes to give up.
    asking = threading.Thread(target=_ask_dvc_remote, args=(repository, failures), daemon=True)
    asking.start()
    asking.join(ANSWER)
    if asking.is_alive():
        failures.append(TimeoutError(f"nothing in {ANSWER} s"))
    if failures:
        received = f"{type(failures[0]).__name__}: {failures[0]}"
        raise InputError("an answer of DVC's default remote", received, ACCESS)


def check_clean(repository: Repository) -> None:
    """Raises InputError for changes that a publication would leave out, and for stages to run."""
    check_committed(repository)
    stale = ", ".join(repository.stale())
    if stale:
        raise InputError("a pipeline that is up to date", f"{stale} changed", "Run `dvc repro`.")


def check_committed(repository: Repository) -> None:
    """Raises InputError for changes since HEAD, but of what stages write."""
    changed = repository.changed()
    if changed:
        names = ", ".join(changed[:3])
        raise InputError("a clean checkout", f"changes in {names}", "Commit or remove them.")


def check_pushed(repository: Repository) -> None:
    """Raises InputError unless HEAD is in a branch of git's remote, which must answer."""
    name = repository.remote
    repository.git("fetch", "--quiet", name, fix=ACCESS)
    if not repository.git("for-each-ref", "--contains", "HEAD", f"refs/remotes/{name}"):
        raise InputError(f"a commit that {name} has", "HEAD is not pushed", "`git push` it.")


def _ask_dvc_remote(repository, failures):
    try:
        with repository.dvc_repo() as dvc:
            remote = dvc.cloud.get_remote()
            if not remote.fs.exists(remote.path):
                _list(remote)
    except Exception as error:  # of as many kinds as there are storages; told by the caller
        failures.append(error)


def _list(remote):
    """`exists` says no for a bucket that is absent or closed, and for a place not yet pushed to."""
    try:
        remote.fs.ls(remote.path)
    except FileNotFoundError as error:
        if error.__cause__:  # what the storage said: the bucket, then, is absent
            raise
