"""DVC's commands in this process, as starting DVC takes a second."""

import io
import logging
from contextlib import chdir, redirect_stdout
from pathlib import Path


def dvc(directory: Path, *arguments: str) -> tuple[int, str]:
    """Runs `dvc ARGUMENTS` in a directory; returns its exit code and what it says."""
    from dvc.cli import main

    said, log = io.StringIO(), logging.getLogger("dvc")
    handler, level = logging.StreamHandler(said), log.level
    log.addHandler(handler)
    log.setLevel(logging.INFO)  # DVCLive and flows change it
    try:
        with chdir(directory), redirect_stdout(said):
            code = main([*arguments])
    finally:
        log.setLevel(level)
        log.removeHandler(handler)
    return code, said.getvalue()
