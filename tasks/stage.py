"""Runs a stage as a command with its section of params.yaml; reports bad input in one line.

Stages import the library inside `run`, so that a wrong parameter or an unsuitable installation is
reported at once, before TensorFlow has loaded.
"""

import logging
import os
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML, YAMLError

from image_compressor.errors import InputError, Unreachable, nearest, of_machine
from tasks import light, quiet, usage
from tasks.parameters import call, check, completed
from tasks.together import check_together
from tasks.versions import RECORD, check_versions, warn_of_others

PARAMS, PIPELINE = Path("params.yaml"), Path("dvc.yaml")
TRY_AGAIN = 75  # EX_TEMPFAIL of sysexits.h
TALKATIVE = ("aiobotocore", "botocore")  # they log where they found credentials
FLOWS = ("retrain",)  # sections read by flows; no stage depends on them


def with_fixed_hashes() -> None:
    """Begins this process anew unless the hashes of texts, and so the order of sets, are fixed."""
    if "PYTHONHASHSEED" not in os.environ:
        os.execve(sys.executable, sys.orig_argv, os.environ | {"PYTHONHASHSEED": "0"})


def main(run: Callable[..., Any], stage: str, section: str | None = None) -> None:
    """Checks the parameters of all stages, then calls `run` with a section of params.yaml.

    The command takes no argument but --help. Bad input ends with one line and exit code 1. If the
    machine or the network is at fault, such as a full disk, the exit code is 75: a retry may help.

    Args:
        section: name of the section; by default that of the stage.
    """
    section = section or stage
    quiet.tensorflow()
    light.tensorflow()
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s", stream=sys.stdout)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    started = time.monotonic()
    try:
        if sys.argv[1:]:
            commented, stages = _read_yaml(PARAMS, "rt"), _read_yaml(PIPELINE)["stages"]
            usage.answer(sys.argv[1:], run, stage, section, commented[section], stages[stage])
        check_versions()
        params = read_params()
        check(params)
        check_together(completed(params))
        warn_of_others(_read_yaml(RECORD))
        call(run, section, params.get(section))
    except Unreachable as error:
        _try_again(stage, error)
    except InputError as error:
        sys.exit(f"{stage}: {error}")
    except (OSError, MemoryError, sqlite3.OperationalError) as error:  # SQLite is DVC's
        _try_again(stage, of_machine(error))
    logging.getLogger(stage).info("done in %.1f s", time.monotonic() - started)


def read_params() -> dict[str, Any]:
    """Reads the sections of params.yaml in the current directory, one per stage of dvc.yaml.

    Raises InputError for a section that is neither a stage nor a flow, and for a missing one.
    """
    params, stages = _read_yaml(PARAMS), _read_yaml(PIPELINE).get("stages", {})
    known = (*stages, *FLOWS)
    for section in params:
        if section not in known:
            allowed = f"{', '.join(known)} as sections of {PARAMS}"
            raise InputError(allowed, section, nearest(section, known))
    for name, described in stages.items():
        if name in (described.get("params") or []) and name not in params:
            raise InputError(f"{PARAMS} has no section {name}. Add it.")
    return {section: params[section] for section in params if section in stages}


def _read_yaml(path, typ="safe"):
    """Reads YAML as DVC does: 1e-3 is a number, on is text, and duplicate keys are refused.

    Args:
        typ: type of ruamel.yaml's loader; "rt" keeps comments.
    """
    try:
        contents = YAML(typ=typ).load(path.read_text("utf-8"))
    except OSError as error:
        raise InputError(
            f"Cannot read {path} in the current directory ({error}). Run this in the project's top "
            "directory."
        ) from None
    except (YAMLError, UnicodeDecodeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        reason = f"{error}" if mark is None else f"line {mark.line + 1}: {vars(error)['problem']}"
        raise InputError(f"{path} is not valid YAML: {reason}. Correct the file.") from None
    if not isinstance(contents, dict):
        raise InputError(f"sections in {path}", type(contents).__name__, "See docs/pipeline.md.")
    return contents


def _try_again(stage, error):
    print(f"{stage}: {error}", file=sys.stderr)
    sys.exit(TRY_AGAIN)
