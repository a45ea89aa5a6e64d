"""Runs a stage as a command: its section of params.yaml in, one line out where that is wrong.

Stages import the library inside `run`, so that a wrong parameter or an unfit installation is
refused at once, before TensorFlow has loaded.
"""

import logging
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML, YAMLError

from image_compressor.errors import InputError, Unreachable, nearest, of_machine
from tasks import quiet, usage
from tasks.parameters import call, check
from tasks.together import check_together
from tasks.versions import RECORD, check_versions, warn_of_others

PARAMS, PIPELINE = Path("params.yaml"), Path("dvc.yaml")
TRY_AGAIN = 75  # EX_TEMPFAIL of sysexits.h
TALKATIVE = ("aiobotocore", "botocore")  # they say where they found credentials
FLOWS = ("retrain",)  # sections that flows read: no stage depends on them


def main(run: Callable[..., Any], stage: str, section: str | None = None) -> None:
    """Calls `run` with a section of params.yaml, once the parameters of all stages are checked.

    The command takes no argument but --help. Bad input is one line and exit code 1. Where the
    machine or the network is at fault, such as a full disk, it is exit code 75: another try may
    help.

    Args:
        section: the stage's own unless another is named.
    """
    section = section or stage
    quiet.tensorflow()
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
        check_together(params)
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
    """The sections of params.yaml in the current directory: one a stage of dvc.yaml.

    Raises InputError for a section that is neither a stage nor a flow, and where one is missing.
    """
    params, stages = _read_yaml(PARAMS), _read_yaml(PIPELINE).get("stages", {})
    known = (*stages, *FLOWS)
    for section in params:
        if section not in known:
            allowed = f"{', '.join(known)} as sections of {PARAMS}"
            raise InputError(allowed, section, nearest(section, known))
    for name, described in stages.items():
        if name in (described.get("params") or []) and name not in params:
            raise InputError(f"a section {name} in {PARAMS}", "nothing", "Add it.")
    return {section: params[section] for section in params if section in stages}


def _read_yaml(path, typ="safe"):
    """Reads YAML as DVC does: 1e-3 is a number, on is text, and no key stands twice.

    Args:
        typ: of ruamel.yaml; "rt" keeps comments.
    """
    try:
        contents = YAML(typ=typ).load(path.read_text("utf-8"))
    except OSError as error:
        fix = "Run it from the project's root."
        raise InputError(f"{path} in the current directory", error, fix) from None
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
