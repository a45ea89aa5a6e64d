"""Checks the parameters of stages against what each `run` takes."""

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
# Its positional arguments are the places it reads and writes.
checked = validate_call(
    config=ConfigDict(strict=True, arbitrary_types_allowed=True, allow_inf_nan=False)
)
Location = Annotated[str, AfterValidator(os.path.expanduser)]  # a path or an address


def check(params: dict[str, Any]) -> None:
    """Checks the sections of all stages, so that the last is not refused after hours of the first.

    Raises InputError for the first that is wrong.
    """
    for name, values in params.items():
        if find_spec(f"tasks.{name}"):  # another stage may be no module of Python
            run = import_module(f"tasks.{name}").run
            call(checked(_nothing(run)), name, values)


def call(run: Callable[..., Any], section: str, params: Any) -> Any:
    """`run(**params)`. Raises InputError for keys and values that `run` does not take."""
    if not isinstance(params, dict) or not all(isinstance(key, str) for key in params):
        expected = f"a section {section} of names in params.yaml"
        raise InputError(expected, params, "See docs/pipeline.md.")
    try:
        return run(**params)
    except ValidationError as error:
        # A name that is misspelt is missing too, under its right name.
        errors = sorted(error.errors(), key=lambda one: one["type"] != UNEXPECTED)
        same = [one for one in errors if one["loc"][:1] == errors[0]["loc"][:1]]
        raise _explained(max(same, key=_nearness), section, run) from None


def _nothing(run):
    """A function that takes what `run` takes, and does nothing."""

    @wraps(inspect.unwrap(run))
    def nothing(*_, **__):
        return None

    return nothing


def _nearness(error):
    """Ranks how near a value is to one of the forms that its parameter may have."""
    return len(error["loc"]), not error["type"].endswith("_type")


def _explained(error, section, run):
    """An InputError from one of pydantic's."""
    keys = [p.name for p in inspect.signature(run).parameters.values() if p.kind == p.KEYWORD_ONLY]
    # Without pydantic's names of forms, such as constrained-int.
    place = ".".join(str(part) for part in (section, *error["loc"]) if not FORM.search(str(part)))
    if error["type"] == "missing_keyword_only_argument":
        return InputError(f"{place} in params.yaml", "nothing", "Add it.")
    if error["type"] == UNEXPECTED:
        allowed = f"{', '.join(keys)} below {section} in params.yaml"
        name = error["loc"][-1]
        return InputError(allowed, f"{section}.{name}", nearest(name, keys))
    if isinstance(cause := error.get("ctx", {}).get("error"), InputError):
        return cause
    return InputError(f"{place} in params.yaml: {error['msg']}", repr(error["input"]), "Change it.")
