"""A path that DVC tracks and that is not here, as in a fresh clone."""

import logging
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from image_compressor.data.listing import Entry
from image_compressor.errors import InputError
from image_compressor.images.finding import told_apart
from image_compressor.images.formats import START


def entries(path: Path, passed: Counter[str] | None = None) -> Iterator[Entry]:
    """The entries that `scanning.on_disk` would give, fetching no file whose name tells its kind.

    Raises FileNotFoundError where DVC tracks no such path.
    """
    from dvc.api import DVCFileSystem

    system, place = DVCFileSystem(), Path(os.path.relpath(path)).as_posix()
    if place.startswith("..") or not system.exists(place):
        raise FileNotFoundError(path)
    try:
        found = system.find(place, detail=True)
        if passed is not None:
            found = _meant(found, passed, system)
    except Exception as error:  # storages raise errors of many kinds
        raise InputError(
            f"DVC tracks {path}, but its list of the files there cannot be fetched: {error}. "
            f"Check the DVC remote, or run `dvc push {path}` where the files are."
        ) from None
    root = place if [*found] != [place] else str(Path(place).parent)  # a file
    digests = {Path(name).relative_to(root).as_posix(): one["md5"] for name, one in found.items()}
    for name in sorted(digests, key=lambda name: name.split("/")):  # as folders are walked
        yield Entry(name, digest=digests[name])


def _meant(found, passed, system):
    """Keeps the files that are meant as images."""
    sizes = {name: about["size"] or 1 for name, about in found.items()}
    entries = told_apart(sizes, lambda names: [_start(system, name) for name in names])
    passed.update(entry.passed for entry in entries if entry.passed)
    return {entry.path: found[entry.path] for entry in entries if not entry.passed}


def _start(system, name):
    with system.open(name, "rb") as file:
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
