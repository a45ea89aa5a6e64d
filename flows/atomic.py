"""DVC as a command that replaces dvc.lock in one step.

DVC writes it in place. Killed while it does, it leaves the half of a file that no command can read.
"""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dvc import dvcfile
from dvc.cli import main
from dvc.utils.serialize import modify_yaml


@contextmanager
def modified(path: str, fs: Any = None) -> Iterator[dict[str, Any]]:
    """What is in a YAML file, to be changed: at any time the file is the old one or the new one.

    To be called in the project's top.
    """
    file = Path(path)
    with TemporaryDirectory(dir=".dvc/tmp") as place:
        copy = Path(place, file.name)
        with suppress(FileNotFoundError):
            shutil.copy(file, copy)
        with modify_yaml(copy) as data:
            yield data
        copy.replace(file)


if __name__ == "__main__":
    dvcfile.modify_yaml = modified
    sys.exit(main(sys.argv[1:]))
