import subprocess
import sys


def damage(data, place=-3):
    """The data with one bit flipped."""
    place %= len(data)
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def command(*arguments, cwd=None):
    """Runs Python."""
    return subprocess.run(
        [sys.executable, *map(str, arguments)], capture_output=True, text=True, check=False, cwd=cwd
    )
