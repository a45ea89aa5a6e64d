"""Runs a stage as a command: its section of params.yaml in, one line out where that is wrong.

Stages import the library inside `run`, so that a wrong parameter or an unfit installation is
refused at once, before TensorFlow has loaded.
"""

import inspect
import logging
import os
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from pydantic import ConfigDict, ValidationError, validate_call

from image_compressor.errors import InputError, nearest, of_machine
from tasks.versions import check_versions

PARAMS = Path("params.yaml")
UNEXPECTED = "unexpected_keyword_argument"  # pydantic's name for it
# Drivers of object storage say where they found credentials, Beam's runner what each worker does.
TALKATIVE = ("aiobotocore", "botocore", "apache_beam.runners.portability.local_job_service")
FLOWS = ("retrain",)  # sections that flows read: no stage depends on them

# A stage's keyword arguments are its parameters: their types and ranges are checked on each call.
# Its positional arguments are the places it reads and writes.
checked = validate_call(config=ConfigDict(strict=True, arbitrary_types_allowed=True))


def main(run: Callable[..., Any], stage: str, section: str | None = None) -> None:
    """Calls `run` with a section of params.yaml, the stage's own unless another is named.

    Bad input or a full disk: one line, code 1.
    """
    section = section or stage
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow: errors it survives too
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s", stream=sys.stdout)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    started = time.monotonic()
    try:
        check_versions()
        call(run, section, read_params().get(section))
    except InputError as error:
        sys.exit(f"{stage}: {error}")
    except (OSError, MemoryError, sqlite3.OperationalError) as error:  # SQLite is DVC's
        sys.exit(f"{stage}: {of_machine(error)}")
    logging.getLogger(stage).info("done in %.1f s", time.monotonic() - started)


def call(run: Callable[..., Any], section: str, params: Any) -> Any:
    """`run(**params)`. Raises InputError for keys and values that `run` does not take."""
    if not isinstance(params, dict) or not all(isinstance(key, str) for key in params):
        raise InputError(f"a section {section} of names in {PARAMS}", params, "See the README.")
    try:
        return run(**params)
    except ValidationError as error:
        # A name that is misspelt is missing too, under its right name.
        errors = sorted(error.errors(), key=lambda one: one["type"] != UNEXPECTED)
        raise _explained(errors[0], section, run) from None


def read_params() -> dict[str, Any]:
    """The sections of params.yaml in the current directory: one a stage of dvc.yaml.

    Raises InputError for a section that is neither a stage nor a flow.
    """
    params, stages = _read_yaml(PARAMS), _read_yaml(Path("dvc.yaml")).get("stages", {})
    known = (*stages, *FLOWS)
    for section in params:
        if section not in known:
            allowed = f"{', '.join(known)} as sections of {PARAMS}"
            raise InputError(allowed, section, nearest(section, known))
    return {section: params[section] for section in params if section in stages}


def _read_yaml(path):
    try:
        contents = yaml.safe_load(path.read_text("utf-8"))
    except OSError as error:
        fix = "Work from the project's top."
        raise InputError(f"{path} in the current directory", error, fix) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"YAML in {path}", error, "Mend the file.") from None
    if not isinstance(contents, dict):
        raise InputError(f"sections in {path}", type(contents).__name__, "See the README.")
    return contents


def _explained(error, section, run):
    """An InputError from one of pydantic's."""
    keys = [p.name for p in inspect.signature(run).parameters.values() if p.kind == p.KEYWORD_ONLY]
    place = ".".join(map(str, (section, *error["loc"])))
    if error["type"] == "missing_keyword_only_argument":
        return InputError(f"{place} in {PARAMS}", "nothing", "Add it.")
    if error["type"] == UNEXPECTED:
        allowed = f"{', '.join(keys)} below {section} in {PARAMS}"
        return InputError(allowed, place, nearest(error["loc"][-1], keys))
    return InputError(f"{place} in {PARAMS}: {error['msg']}", repr(error["input"]), "Change it.")
