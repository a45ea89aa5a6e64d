"""Finds out why a DVC command failed, and whether a retry may help."""

import logging
import re
from collections.abc import Sequence
from pathlib import Path

from flows.versions.repository import Repository

CODE = re.compile(r"exited with (-?\d+)")  # DVC's message about a stage's command
WORTH_RETRYING = 75  # EX_TEMPFAIL: a stage's exit code when its input is not to blame
LACKS = "do not exist neither locally nor on remote"
MISSING = re.compile(
    r"Checkout failed for following targets:\n(.+?)\nIs your cache|missing data 'source': (.+?)$",
    re.S | re.M,
)
FORGOTTEN = "DVC's remote does not have"


def reason(printed: Sequence[str]) -> str:
    """Returns the last lines that DVC printed, or names the data that its remote lacks."""
    text = "\n".join(printed)
    missing = MISSING.search(text)
    if LACKS in text and missing and not CODE.search(text):
        names = (missing[1] or missing[2]).splitlines()
        shown = ", ".join(f"{name} ({_files(name)} files)" for name in names)
        return f"{FORGOTTEN} {shown}. Run `dvc push` on a machine that has them."
    return " ".join(printed[-3:])


def worth_retrying(message: str) -> bool:
    """Returns whether a retry may help: not for bad input, nor for missing data."""
    if codes := CODE.findall(message):
        code = int(codes[-1])
        return code == WORTH_RETRYING or not 0 < code < 128  # 128 and above: killed by a signal
    return FORGOTTEN not in message and not MISSING.search(message)


def without_none(record: logging.LogRecord) -> bool:
    """Removes "NoneType: None", which Prefect logs for a task that returned Failed."""
    if record.exc_info and record.exc_info[0] is None:
        record.exc_info = None
    return True


def _files(name):
    """Counts the files below an output, from its entry in git."""
    with Repository(Path.cwd()).dvc_repo() as dvc:
        return sum(out.meta.nfiles or 1 for out in dvc.find_outs_by_path(name))
