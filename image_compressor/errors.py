"""The one error for input that a person can mend."""

import difflib
from collections.abc import Iterable


class InputError(ValueError):
    """Bad input. Its text is one line: what was expected, what was received, what to do."""

    def __init__(self, expected: str, received: object, fix: str):
        super().__init__(expected, received, fix)

    def __str__(self) -> str:
        expected, received, fix = self.args
        received = str(received).strip().removesuffix(".")
        return " ".join(f"Expected {expected}. Received: {received}. {fix}".split())


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
