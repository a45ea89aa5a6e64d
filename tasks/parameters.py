"""Checks the parameters of stages against the signature of each stage's `run`."""

import inspect
import os
import re
from collections.abc import Callable
from functools import wraps
from importlib import import_module
from importlib.util import find_spec
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, ValidationError, validate_call

from image_compressor.errors import InputError, nearest

FORM = re.compile(r"[-\[]")
UNEXPECTED = "unexpected_keyword_argument"  # pydantic's name for it

# A stage's keyword arguments are its parameters: their types and ranges are checked on each call.
# Its positional arguments are the paths that it reads and writes.
checked = validate_call(
    config=ConfigDict(strict=True, arbitrary_types_allowed=True, allow_inf_nan=False)
)
Location = Annotated[str, AfterValidator(os.path.expanduser)]  # a path or an address


def check(params: dict[str, Any]) -> None:
    """Checks the sections of all stages, so that an error is found before hours of work.

    Raises InputError for the first section that is wrong.
    """
    for name, values in params.items():
        if find_spec(f"tasks.{name}"):  # a stage need not be a Python module
            run = import_module(f"tasks.{name}").run
            call(checked(_nothing(run)), name, values)


def completed(params: dict[str, Any]) -> dict[str, Any]:
    """Sections that `check` accepts, with the defaults of the parameters that they leave out."""
    return {
        name: {**_defaults(import_module(f"tasks.{name}").run), **values}
        if find_spec(f"tasks.{name}")
        else values
        for name, values in params.items()
    }


def _defaults(run):
    """The keyword arguments of a stage, in order; None for one that has no default."""
    return {
        each.name: None if each.default is each.empty else each.default
        for each in inspect.signature(run).parameters.values()
        if each.kind == each.KEYWORD_ONLY
    }


def call(run: Callable[..., Any], section: str, params: Any) -> Any:
    """Calls `run(**params)`. Raises InputError for keys and values that `run` does not accept."""
    if not isinstance(params, dict) or not all(isinstance(key, str) for key in params):
        expected = f"a section {section} with named parameters in params.yaml"
        raise InputError(expected, params, "See docs/pipeline.md.")
    try:
        return run(**params)
    except ValidationError as error:
        # A misspelt name also counts as missing under its right name, so report it first.
        errors = sorted(error.errors(), key=lambda each: each["type"] != UNEXPECTED)
        same = [each for each in errors if each["loc"][:1] == errors[0]["loc"][:1]]
        raise _explained(max(same, key=_nearness), section, run) from None


def _nothing(run):
    """Returns a function with the signature of `run` that does nothing."""

    @wraps(inspect.unwrap(run))
    def nothing(*_, **__):
        return None

    return nothing


def _nearness(error):
    """Ranks how close a value is to one of its parameter's allowed types."""
    return len(error["loc"]), not error["type"].endswith("_type")


def _explained(error, section, run):
    """Makes an InputError of one of pydantic's errors."""
    keys = [p.name for p in inspect.signature(run).parameters.values() if p.kind == p.KEYWORD_ONLY]
    # Pydantic's type names, such as constrained-int, are no part of the path.
    path = ".".join(str(part) for part in (section, *error["loc"]) if not FORM.search(str(part)))
    if error["type"] == "missing_keyword_only_argument":
        return InputError(f"{path} is missing in params.yaml. Add it.")
    if error["type"] == UNEXPECTED:
        allowed = f"{', '.join(keys)} below {section} in params.yaml"
        name = error["loc"][-1]
        return InputError(allowed, f"{section}.{name}", nearest(name, keys))
    if isinstance(cause := error.get("ctx", {}).get("error"), InputError):
        return cause
    return InputError(
        f"{path} in params.yaml is {error['input']!r}: {error['msg'].removesuffix('.')}. Change it."
    )
