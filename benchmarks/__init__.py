"""Measurements (`measure`) and long searches for faults (`torture`). Each command takes --help."""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from typing import Any


def arguments(description: str | None, **defaults: Any) -> list[Any]:
    """Reads a command's optional positional arguments; each has the type of its default."""
    parser = ArgumentParser(description=description, formatter_class=RawDescriptionHelpFormatter)
    for name, default in defaults.items():
        text = f"{default} if it is left out"
        parser.add_argument(name, nargs="?", type=type(default), default=default, help=text)
    return [*vars(parser.parse_args()).values()]
