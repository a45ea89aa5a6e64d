"""A stage's --help: its purpose, its inputs and outputs, and its parameters."""

import inspect
import json
import shlex
import sys
import textwrap
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter

from image_compressor.errors import InputError

WIDTH, COLUMN = 100, 30
CODE = ("image_compressor", "tasks")
OUTPUTS = ("outs", "metrics", "plots")
# Names in a JSON schema, and in the help.
KINDS = {"boolean": "true or false", "string": "text"}
RANGES = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<"}


def answer(
    arguments: Sequence[str],
    run: Callable[..., Any],
    stage: str,
    section: str,
    params: Mapping[str, Any],
    declared: Mapping[str, Any],
) -> None:
    """Prints the help and exits if `arguments` ask for it. Raises InputError for other arguments.

    Args:
        params: section of params.yaml, read by ruamel.yaml with its comments.
        declared: the stage in dvc.yaml.
    """
    parser = ArgumentParser(
        f"python -m tasks.{stage}",
        description=f"{sys.modules[run.__module__].__doc__}\n{inspect.getdoc(run)}",
        epilog="\n".join((*files(declared), "", *parameters(run, section, params))),
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _, others = parser.parse_known_args(arguments)
    if others:
        fix = "Set parameters in params.yaml, or try one: `dvc exp run -S SECTION.NAME=VALUE`."
        raise InputError("no argument but --help", shlex.join(others), fix)


def files(declared: Mapping[str, Any]) -> Iterator[str]:
    """Yields the inputs of a stage of dvc.yaml, without its code, and its outputs."""
    read = [path.strip("${}") for path in declared["deps"] if not path.startswith(CODE)]
    yield f"reads:  {', '.join(read) or 'the images'}"
    written = [output for kind in OUTPUTS for output in declared.get(kind, [])]
    paths = [output if isinstance(output, str) else next(iter(output)) for output in written]
    yield f"writes: {', '.join(paths)}"


def parameters(run: Callable[..., Any], section: str, params: Mapping[str, Any]) -> Iterator[str]:
    """Yields a paragraph for each parameter: its value, type, range and comment in params.yaml.

    One that is not there has its default.
    """
    yield f"parameters, below {section} in params.yaml:"
    for parameter in inspect.signature(run).parameters.values():
        if parameter.kind == parameter.KEYWORD_ONLY:
            name = parameter.name
            value = params.get(name, parameter.default)
            shown = value if isinstance(value, str) else json.dumps(value)
            about = described(TypeAdapter(parameter.annotation).json_schema())
            text = f"({about}) {_comment(params, name)}"
            start = f"  {name}: {shown} ".ljust(COLUMN)
            yield textwrap.fill(text, WIDTH, initial_indent=start, subsequent_indent=" " * COLUMN)


def described(schema: Mapping[str, Any]) -> str:
    """Describes a JSON schema in words, such as "integer >= 1 or null"."""
    if "anyOf" in schema:
        return " or ".join(described(each) for each in schema["anyOf"])
    if "enum" in schema:
        return " or ".join(map(str, schema["enum"]))
    if schema["type"] == "array":
        least, most = schema.get("minItems", 0), schema.get("maxItems")
        count = f" of {most}" if most else f" of at least {least}" if least else ""
        return f"list{count}: {described(schema['items'])}"
    ranges = [f"{sign} {schema[name]}" for name, sign in RANGES.items() if name in schema]
    return f"{KINDS.get(schema['type'], schema['type'])} {', '.join(ranges)}".strip()


def _comment(params, name):
    """Returns the comment on the line of a parameter."""
    token = params.ca.items.get(name, [None] * 3)[2]
    return token.value.split("\n")[0].strip("# ") if token else ""
