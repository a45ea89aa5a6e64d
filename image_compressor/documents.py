"""JSON from outside, validated against the types that it should have, usually dataclasses."""

import dataclasses
import json
import math
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from image_compressor.errors import InputError

LONGEST = 18  # digits of a whole number: below 2**63
DEEPEST = 100  # levels of lists and objects

Kind = TypeVar("Kind")


def read(content: bytes | str, kind: type[Kind], what: str, fix: str) -> Kind:
    """A JSON document as a `kind`: a dataclass, dict[str, ...], list[...], a union or a scalar.

    Args:
        what: the expected document, for error messages.
        fix: the advice at the end of the error message.

    Raises InputError for malformed JSON and for a document of another kind: nested too deeply,
    with a duplicate key, or with a number that is not finite or too long.
    """
    try:
        document = json.loads(
            content,
            object_pairs_hook=_unique,
            parse_constant=_finite,
            parse_float=_finite,
            parse_int=_short,
        )
        _check_depth(document)
        return typed(document, kind, "the document")
    except RecursionError:
        received = f"more than {DEEPEST} levels of lists and objects"
        raise InputError(what, received, fix) from None
    except ValueError as error:
        raise InputError(what, str(error)[:200], fix) from None


def typed(value: Any, kind: Any, path: str) -> Any:
    """A JSON value as a `kind`, see `read`. Raises ValueError, which names its path."""
    if dataclasses.is_dataclass(kind):
        return _instance(value, kind, path)
    if get_origin(kind) is UnionType:
        kinds = get_args(kind)
        return typed(value, type(value) if type(value) in kinds else kinds[0], path)
    if get_origin(kind) is list and isinstance(value, list):
        (each,) = get_args(kind)
        return [typed(item, each, f"{path}[{n}]") for n, item in enumerate(value)]
    if get_origin(kind) is dict and isinstance(value, dict):
        _, each = get_args(kind)
        return {key: typed(item, each, f"{path}.{key}") for key, item in value.items()}
    if kind is float and type(value) is int:
        return float(value)
    if kind is not Any and type(value) is not (get_origin(kind) or kind):
        name = getattr(kind, "__name__", str(kind))
        raise ValueError(f"{path} is {str(value)[:40]!r}, not of type {name}")
    return value


def _check_depth(document):
    level = [document]
    for _ in range(DEEPEST):
        containers = [value for value in level if isinstance(value, list | dict)]
        level = [item for container in containers for item in _inside(container)]
    if level:
        raise RecursionError


def _inside(value):
    return value.values() if isinstance(value, dict) else value


def _instance(value, kind, path):
    fields, hints = dataclasses.fields(kind), get_type_hints(kind)
    names = {field.name for field in fields}
    if not isinstance(value, dict) or value.keys() - names:
        raise ValueError(f"{path} is not an object with only the keys {', '.join(sorted(names))}")
    for field in fields:
        needed = field.default is field.default_factory is dataclasses.MISSING
        if needed and field.name not in value:
            raise ValueError(f"{path} has no {field.name}")
    items = value.items()
    return kind(**{name: typed(item, hints[name], f"{path}.{name}") for name, item in items})


def _unique(pairs):
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"{name} is a duplicate key")
        found[name] = value
    return found


def _finite(text):
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is not a finite number")
    return number


def _short(text):
    if len(text.lstrip("-")) > LONGEST:
        raise ValueError(f"{text[:20]}... is a number of more than {LONGEST} digits")
    return int(text)
