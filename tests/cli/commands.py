import subprocess
import sys


def damage(data, position=-3):
    """The data with one bit flipped."""
    position %= len(data)
    return data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :]


def command(*arguments, cwd=None):
    """Runs Python with these arguments."""
    return subprocess.run(
        [sys.executable, *map(str, arguments)], capture_output=True, text=True, check=False, cwd=cwd
    )
