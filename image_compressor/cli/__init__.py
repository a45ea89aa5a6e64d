"""The command `image-compressor`."""

import os
import sys
from collections.abc import Sequence

from image_compressor.cli.ending import at_once, cleanly


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command. Bad input gives one line on stderr and exit code 1."""
    at_once()
    # These imports take half a second, during which a signal must not print a traceback.
    from image_compressor.cli.parser import parse
    from image_compressor.errors import InputError, of_machine

    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    options = parse(arguments)
    cleanly()
    try:
        options.command(options)
        sys.stdout.flush()
    except InputError as error:
        sys.exit(f"image-compressor: {error}")
    except BrokenPipeError:  # as in `image-compressor list ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (OSError, MemoryError) as error:
        sys.exit(f"image-compressor: {of_machine(error)}")
    finally:
        at_once()
