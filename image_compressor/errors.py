"""The errors of this package."""

import difflib
from collections.abc import Iterable


class ImageCompressorError(Exception):
    """The base of all errors that this package raises on purpose."""


class InputError(ImageCompressorError, ValueError):
    """Bad input that the user can fix, described in one line.

    Args:
        text: for a wrong argument, the expected value; for a wrong state, with no other argument,
            the whole message: the problem and how to solve it.
        received: the value that was received.
        fix: a sentence that says how to solve it.
    """

    def __init__(self, text: str, received: object = None, fix: str | None = None):
        super().__init__(*([text] if fix is None else [text, received, fix]))

    def __str__(self) -> str:
        text, *rest = self.args
        if rest:
            received = str(rest[0]).strip().removesuffix(".")
            text = f"Expected {text}. Received: {received}. {rest[1]}"
        return " ".join(text.split())

    @property
    def problem(self) -> str:
        """The problem, without the sentence that says how to solve it."""
        text, *rest = self.args
        return f"expected {text}, received {rest[0]}" if rest else str(self)


class WrongCodecError(InputError):
    """A file that another codec wrote.

    Attributes:
        identity: the start of that codec's id, if the error says that it was not found.
    """

    identity = b""


class DamagedFileError(InputError):
    """An .imgc file that is damaged, truncated or forged."""


class Unreachable(InputError):
    """A resource that cannot be reached now, but perhaps later."""


class MachineError(ImageCompressorError, OSError):
    """A machine that lacks disk space, permissions or memory."""


def of_machine(error: Exception) -> MachineError:
    """The error, in one line, for one that the system raised."""
    if isinstance(error, MemoryError):
        return MachineError(
            "There is not enough memory. Close other programs, or process less at once."
        )
    reason = str(error)
    if isinstance(error, OSError) and error.strerror:
        reason = error.strerror + (f": {error.filename}" if error.filename else "")
    return MachineError(
        f"A file cannot be read or written: {reason.removesuffix('.')}. "
        "Check the path, its permissions and the free space."
    )


def nearest(name: object, names: Iterable[str]) -> str:
    """Advice about an unknown name: the known name that is most like it."""
    close = difflib.get_close_matches(str(name), names, n=1)
    return f"Did you mean {close[0]}?" if close else "Use an existing one."
