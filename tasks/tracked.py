"""A path that DVC tracks and that is not here, as in a fresh clone."""

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
    """The rows that `scanning.on_disk` would give, fetching no file whose name tells its kind.

    Raises FileNotFoundError where DVC tracks no such path.
    """
    from dvc.api import DVCFileSystem

    system, place = DVCFileSystem(), Path(os.path.relpath(path)).as_posix()
    if place.startswith("..") or not system.exists(place):
        raise FileNotFoundError(path)
    try:
        found = system.find(place, detail=True)
        root = Path(place) if [*found] != [place] else Path(place).parent  # a file
        entries = [
            Entry(Path(name).relative_to(root).as_posix(), size=one["size"] or 1, tag=one["md5"])
            for name, one in found.items()
        ]
        if passed is not None:
            entries = classified(entries, lambda names: [_start(system, root / n) for n in names])
    except Exception as error:  # storages raise errors of many kinds
        raise InputError(
            f"DVC tracks {path}, but its list of the files there cannot be fetched: {error}. "
            f"Check the DVC remote, or run `dvc push {path}` where the files are."
        ) from None
    # As folders are walked.
    for entry in meant(sorted(entries, key=lambda entry: entry.path.split("/")), passed):
        yield Row(entry.path, digest=entry.tag)


def _start(system, path):
    with system.open(path.as_posix(), "rb") as file:
        return file.read(START)


def tracks(path: Path) -> bool:
    """Tells whether DVC tracks the path, or a folder above it, by a .dvc file."""
    place = Path(os.path.relpath(path))
    return any(Path(f"{one}.dvc").is_file() for one in (place, *place.parents))


def pull(path: Path) -> None:
    """Brings the files here. Raises InputError where that fails."""
    logging.getLogger("ingest").info("%s is not here: dvc pull", path)
    result = subprocess.run(
        [sys.executable, "-m", "dvc", "pull", str(path)], stderr=subprocess.PIPE, text=True
    )
    if result.returncode:
        reason = " ".join(result.stderr.split())[-300:]
        raise InputError(
            f"{path} is not here, and `dvc pull {path}` failed: {reason} "
            "Bring the files here, or set ingest.path to where they are."
        )
