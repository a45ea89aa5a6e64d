"""Runs a command, and kills it and all its children when the parent process ends.

Standard input is a pipe that only the parent can write to, so it closes when the parent ends, even
by kill -9. This script must be started in its own session, because it kills its process group.
"""

import os
import signal
import subprocess
import sys
import threading


def main() -> None:
    """Runs the arguments as a command, and exits with its exit code."""
    try:
        command = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    except OSError as error:
        sys.exit(f"error: {error}")
    abandoned = threading.Event()
    threading.Thread(target=watch, args=(command, abandoned), daemon=True).start()
    # Reap the command before killing the group: to DVC, a zombie's locks are still held.
    code = command.wait()
    if abandoned.is_set():
        os.killpg(0, signal.SIGKILL)
    sys.exit(code)


def watch(command: subprocess.Popen, abandoned: threading.Event) -> None:
    """Kills `command` at the end of standard input."""
    os.read(sys.stdin.fileno(), 1)
    abandoned.set()
    command.kill()


if __name__ == "__main__":
    main()
