"""Scratch paths next to an output, where it is written until it is complete."""

import glob
import itertools
import os
import platform
import secrets
import shutil
from pathlib import Path

# A process id does not identify the owner of a scratch path: hosts may share a disk, and after a
# container restarts, the next process has the id of the previous one.
HOST, LIFE = platform.node().partition(".")[0].replace("-", "_"), secrets.token_hex(4)
COUNT = itertools.count()
_begun: list[Path] = []  # scratch paths of this process


def beside(path: Path) -> Path:
    """A new scratch path, which can be renamed to `path`; leftovers of others are removed."""
    _clear(path)
    owner = f"{HOST}-{os.getpid()}-{LIFE}-{next(COUNT)}"
    _begun.append(path.with_name(f".{path.name}.{owner}.new"))
    return _begun[-1]


def abandon() -> None:
    """Removes the scratch paths of this process, if it ends without running `finally`."""
    for left in _begun:
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            left.unlink(missing_ok=True)


def _clear(path):
    """Removes what killed processes left next to `path`, and restores an old `path` if needed."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.*"):
        if left.suffix in (".new", ".old") and not _lives(left.suffixes[-2][1:]):
            if left.suffix == ".old" and not path.exists():
                left.replace(path)
            elif left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)


def _lives(owner):
    """Whether the owner of a scratch path may still run; assumed on other hosts and on Windows."""
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
    return not _waits_for_its_parent(pid)


def _waits_for_its_parent(pid):
    """Whether a process has ended already, but its entry is still there (a zombie, on Linux)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return state.rpartition(")")[2].split()[0] == "Z"
