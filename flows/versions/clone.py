"""Temporary clones of the project, so that flows disturb neither the checkout nor each other."""

import fcntl
import itertools
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flows.versions.repository import ACCESS, Repository
from image_compressor.errors import InputError

CLONES = Path(".dvc/tmp/clones")
FAILED = Path("reports/failed")  # gets the files that the messages of failed stages name
NAMES = re.compile(r"(?<![\w./-])\w[\w./-]{,200}\w")  # within a file system's limit


@contextmanager
def cloned(revision: str) -> Iterator[Repository]:
    """Makes a clone of git's remote with this checkout's author, DVC settings and DVC cache.

    Args:
        revision: the branch, tag or commit of the remote to check out.

    Raises InputError if the remote does not answer, or has no such revision.
    """
    here = Repository(Path.cwd())
    url = here.git("remote", "get-url", here.remote, fix=f"`git remote add {here.remote} URL`.")
    here.check_answers(url)
    with free_path() as path:
        here.git("clone", "--quiet", "--no-checkout", "--", url, str(path), fix=ACCESS)
        clone = Repository(path.resolve())
        fix = f"Name a branch, tag or commit that {here.remote} has."
        clone.git("checkout", "--quiet", revision, "--", fix=fix)
        for key in ("user.name", "user.email"):
            value = here.git("config", "--default", "", key)
            if value:
                clone.git("config", key, value)
        local = Path(".dvc/config.local")
        if local.exists():  # usually credentials
            shutil.copy(local, clone.path / local)
        _share(here, clone)
        yield clone


@contextmanager
def rescuing(clone: Repository, directory: Path) -> Iterator[None]:
    """Copies the files named by an InputError of the block, and corrects their paths in it.

    The copies in `directory` outlive the clone. Files that git tracks are not copied.
    """

    def copied(found):
        file = clone.path / found[0]
        if not file.is_file() or clone.git("ls-files", "--", found[0]):
            return found[0]
        directory.mkdir(parents=True, exist_ok=True)
        return str(shutil.copy(file, directory))

    try:
        yield
    except InputError as error:
        raise InputError(NAMES.sub(copied, str(error))) from None


def _share(here, clone):
    """Makes the clone use this checkout's cache, and its remotes with relative paths.

    Writes the settings itself, because DVC's commands write them in ASCII only.
    """
    from configobj import ConfigObj

    settings = clone.path / ".dvc/config.local"
    config = ConfigObj(str(settings), encoding="utf-8", interpolation=False)
    with here.dvc_repo() as dvc:
        config.setdefault("cache", {})["dir"] = dvc.cache.local_cache_dir
        urls = _urls(dvc)
    with clone.dvc_repo() as dvc:
        elsewhere = _urls(dvc)
    for name, url in elsewhere.items():
        if urls.get(name, url) != url:
            config.setdefault(f'remote "{name}"', {})["url"] = urls[name]
    config.write()


def _urls(dvc):
    """Returns the URL of each remote, by name; DVC makes relative paths absolute."""
    return {name: remote["url"] for name, remote in dvc.config["remote"].items() if "url" in remote}


@contextmanager
def free_path() -> Iterator[Path]:
    """Reserves the path of a directory that does not exist, until the end of the block.

    The same few paths are reused, so that a later process removes what a killed one left behind.
    """
    CLONES.mkdir(parents=True, exist_ok=True)
    for number in itertools.count(1):
        path = CLONES / str(number)
        with path.with_suffix(".lock").open("a") as lock:  # released when its process ends
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            shutil.rmtree(path, ignore_errors=True)
            try:
                yield path
            finally:
                shutil.rmtree(path, ignore_errors=True)
            return
