"""Runs a command, and kills it and all it started once the process that asked for it is gone.

Standard input is a pipe that only that process can write to: it ends when the process does, however
it does, kill -9 too. The command must be started in a session of its own, whose group is killed.
"""

import os
import signal
import subprocess
import sys
import threading


def main() -> None:
    """Runs the arguments as a command; exits as it does."""
    try:
        command = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    except OSError as error:
        sys.exit(f"error: {error}")
    abandoned = threading.Event()
    threading.Thread(target=watch, args=(command, abandoned), daemon=True).start()
    # Reaped before the group dies: DVC takes the locks of a zombie for those of a living process.
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
