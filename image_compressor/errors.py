"""The one error for input that a person can mend."""

import difflib
from collections.abc import Iterable


class InputError(ValueError):
    """Input that a person can correct, explained in one line.

    A wrong argument takes three texts: what was expected, what was received and what to do. A
    wrong state takes one: what is wrong and what to do.
    """

    def __init__(self, text: str, received: object = None, fix: str | None = None):
        super().__init__(*([text] if fix is None else [text, received, fix]))

    def __str__(self) -> str:
        text, *rest = self.args
        if rest:
            received = str(rest[0]).strip().removesuffix(".")
            text = f"Expected {text}. Received: {received}. {rest[1]}"
        return " ".join(text.split())


class Unreachable(InputError):
    """Something that cannot be reached now, but perhaps later."""


def of_machine(error: Exception) -> InputError:
    """The line for what a machine has too little of: room on its disks, rights, memory."""
    reason = "memory" if isinstance(error, MemoryError) else str(error)
    if isinstance(error, OSError) and error.strerror:
        reason = error.strerror + (f": {error.filename}" if error.filename else "")
    return InputError(
        "files that can be read and written, and memory for them",
        reason,
        "Check the path, its permissions, and what is free.",
    )


def nearest(name: object, names: Iterable[str]) -> str:
    """What to do about an unknown name: the known one that looks like it."""
    close = difflib.get_close_matches(str(name), names, n=1)
    return f"Did you mean {close[0]}?" if close else "Use one that is there, or leave it out."
