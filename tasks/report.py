"""report: the outputs of all other stages -> reports/report.html, and its pictures as files."""

import logging
import platform
import subprocess
from pathlib import Path
from typing import Annotated

from pydantic import Field

from tasks.parameters import checked
from tasks.stage import main

MADE_BY = ("image_compressor", "tasks", "models", "params.yaml", "versions.yaml", "dvc.yaml")


@checked
def run(
    prepared: Path = Path("data/prepared"),
    trained: Path = Path("models/trained"),
    exported: Path = Path("models/exported"),
    reports: Path = Path("reports"),
    /,
    *,
    images: Annotated[int, Field(ge=1)],
) -> None:
    """Writes report.html, and curves and network as .svg and .png, into `reports`.

    Args:
        images: how many of the test split to show beside the rivals; fewer if they are large.
    """
    from image_compressor.report import report

    size = report.write(prepared, trained, exported, reports, images, _versions())
    logging.getLogger("report").info("%s, %.2f MB", reports / report.PAGE, size / 1e6)


def _versions():
    return {"commit": commit(), "Python": platform.python_version()}


def commit() -> str:
    """Returns the checkout's commit, with "-dirty" if code, models or parameters differ from it."""
    try:
        found = _git("rev-parse", "HEAD")
        changed = _git("status", "--porcelain", "--", *MADE_BY)
    except (OSError, subprocess.CalledProcessError):
        return "none"
    return f"{found}-dirty" if changed else found


def _git(*arguments):
    command = ["git", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    main(run, "report")
