"""Lists and pulls a path that DVC tracks and that is missing here, as in a fresh clone."""

import logging
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from image_compressor.errors import InputError
from image_compressor.images.finding import Entry, classified, meant
from image_compressor.images.formats import START
from image_compressor.ingest.listing import Row


def rows(path: Path, passed: Counter[str] | None = None) -> Iterator[Row]:
    """Yields the rows of `scanning.on_disk`, and fetches only files whose names do not say enough.

    Raises FileNotFoundError if DVC does not track the path.
    """
    from dvc.api import DVCFileSystem

    system, relative = DVCFileSystem(), Path(os.path.relpath(path)).as_posix()
    if relative.startswith("..") or not system.exists(relative):
        raise FileNotFoundError(path)
    try:
        found = system.find(relative, detail=True)
        root = Path(relative) if [*found] != [relative] else Path(relative).parent  # a file
        entries = [
            Entry(Path(name).relative_to(root).as_posix(), size=file["size"] or 1, tag=file["md5"])
            for name, file in found.items()
        ]
        if passed is not None:
            entries = classified(entries, lambda names: [_start(system, root / n) for n in names])
    except Exception as error:  # each storage client raises its own kinds
        raise InputError(
            f"DVC tracks {path}, but its list of files cannot be fetched: {error}. Check the DVC "
            f"remote, or run `dvc push {path}` on a machine that has the files."
        ) from None
    # In the order in which `scanning.on_disk` walks folders.
    for entry in meant(sorted(entries, key=lambda entry: entry.path.split("/")), passed):
        yield Row(entry.path, digest=entry.tag)


def _start(system, path):
    with system.open(path.as_posix(), "rb") as file:
        return file.read(START)


def tracks(path: Path) -> bool:
    """Returns whether a .dvc file tracks the path or a folder above it."""
    relative = Path(os.path.relpath(path))
    return any(Path(f"{each}.dvc").is_file() for each in (relative, *relative.parents))


def pull(path: Path) -> None:
    """Runs `dvc pull` for the path. Raises InputError if that fails."""
    logging.getLogger("ingest").info("%s is missing: dvc pull", path)
    result = subprocess.run(
        [sys.executable, "-m", "dvc", "pull", str(path)], stderr=subprocess.PIPE, text=True
    )
    if result.returncode:
        reason = " ".join(result.stderr.split())[-300:]
        raise InputError(
            f"{path} is missing, and `dvc pull {path}` failed: {reason} Copy the files here, or "
            "correct ingest.path."
        )
