"""Places beside an output where it is made, until it is whole."""

import glob
import itertools
import os
import platform
import secrets
import shutil
from pathlib import Path

# Whose a scratch place is: hosts may share a disk, and after a restart of a container the next
# process has the number of the one before.
HOST, LIFE = platform.node().partition(".")[0].replace("-", "_"), secrets.token_hex(4)
COUNT = itertools.count()
_begun: list[Path] = []  # scratch places of this process


def beside(path: Path) -> Path:
    """A new place, from where a rename to `path` is one step; what others left is cleared."""
    _clear(path)
    owner = f"{HOST}-{os.getpid()}-{LIFE}-{next(COUNT)}"
    _begun.append(path.with_name(f".{path.name}.{owner}.new"))
    return _begun[-1]


def abandon() -> None:
    """Removes the scratch places of this process, for one that ends without its `finally`."""
    for left in _begun:
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


def _clear(path):
    """Removes what processes that were killed left beside `path`, and takes back what was there."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.*"):
        if left.suffix in (".new", ".old") and not _lives(left.suffixes[-2][1:]):
            if left.suffix == ".old" and not path.exists():
                left.replace(path)
            elif left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)


def _lives(owner):
    """May the process of a scratch place still run? On other hosts and on Windows it may."""
    host, pid, life = (*owner.split("-"), "", "", "")[:3]
    if host != HOST or not pid.isdecimal() or os.name != "posix":
        return True
    if int(pid) == os.getpid():
        return life == LIFE
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True
