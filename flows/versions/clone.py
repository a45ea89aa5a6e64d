"""Clones of the project beside the checkout, for flows that must not disturb it or each other."""

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
FAILED = Path("reports/failed")  # files that the messages of failed stages name
NAMES = re.compile(r"(?<![\w./-])\w[\w./-]{,200}\w")  # no longer than a file system takes


@contextmanager
def cloned(revision: str) -> Iterator[Repository]:
    """A clone of git's remote, with this checkout's author, and its DVC settings and cache.

    Args:
        revision: a branch, tag or commit of the remote, which is checked out.

    Raises InputError where the remote does not answer, or has no such revision.
    """
    here = Repository(Path.cwd())
    url = here.git("remote", "get-url", here.remote, fix=f"`git remote add {here.remote} URL`.")
    here.check_answers(url)
    with place() as path:
        here.git("clone", "--quiet", "--no-checkout", "--", url, str(path), fix=ACCESS)
        clone = Repository(path.resolve())
        fix = f"Name a branch, tag or commit that {here.remote} has."
        clone.git("checkout", "--quiet", revision, "--", fix=fix)
        for key in ("user.name", "user.email"):
            value = here.git("config", "--default", "", key)
            if value:
                clone.git("config", key, value)
        local = Path(".dvc/config.local")
        if local.exists():  # credentials, as a rule
            shutil.copy(local, clone.path / local)
        _share(here, clone)
        yield clone


@contextmanager
def rescuing(clone: Repository, place: Path) -> Iterator[None]:
    """Copies the files that an InputError of the block names to `place`, and names them there.

    So they outlive the clone. Files that git has are left where they are.
    """

    def copied(found):
        file = clone.path / found[0]
        if not file.is_file() or clone.git("ls-files", "--", found[0]):
            return found[0]
        place.mkdir(parents=True, exist_ok=True)
        return str(shutil.copy(file, place))

    try:
        yield
    except InputError as error:
        raise InputError(NAMES.sub(copied, str(error))) from None


def _share(here, clone):
    """Makes the clone use the cache of this checkout, and its remotes of relative paths.

    Not by DVC's commands, which write settings in ASCII only.
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
    """Of each remote, by its name; DVC makes relative paths absolute."""
    return {name: remote["url"] for name, remote in dvc.config["remote"].items() if "url" in remote}


@contextmanager
def place() -> Iterator[Path]:
    """The path of a directory that is not there, and that no other process gets meanwhile.

    Few paths are used again and again, so that what a killed process left behind is removed by one
    that follows.
    """
    CLONES.mkdir(parents=True, exist_ok=True)
    for number in itertools.count(1):
        path = CLONES / str(number)
        with path.with_suffix(".lock").open("a") as lock:  # free once its process has ended
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
