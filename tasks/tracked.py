"""A path that DVC tracks and that is not here, as in a fresh clone."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from image_compressor.data.listing import Entry
from image_compressor.data.scanning import FOLDER, hidden
from image_compressor.errors import InputError


def entries(path: Path) -> Iterator[Entry]:
    """The entries that `scanning.on_disk` would give, without fetching a file.

    Raises FileNotFoundError where DVC tracks no such path.
    """
    from dvc.api import DVCFileSystem

    system, place = DVCFileSystem(), Path(os.path.relpath(path)).as_posix()
    if place.startswith("..") or not system.exists(place):
        raise FileNotFoundError(path)
    try:
        found = system.find(place, detail=True)
    except Exception as error:  # storages raise errors of many kinds
        raise InputError(
            f"DVC tracks {path}, but its list of the files there cannot be fetched: {error}. "
            f"Check the DVC remote, or run `dvc push {path}` where the files are."
        ) from None
    digests = {name.removeprefix(f"{place}/"): about["md5"] for name, about in found.items()}
    if [*digests] == [place]:  # a file
        digests = {Path(place).name: digests[place]}
    return _shown(digests)


def tracks(path: Path) -> bool:
    """Has `dvc add` or `dvc import-url` made a file for the path, or for a folder above it?"""
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


def _shown(digests):
    """In the order of their names; a hidden folder once."""
    last = None
    for name in sorted(digests, key=lambda name: name.split("/")):
        parts = name.split("/")
        depth = next((n for n, part in enumerate(parts[:-1], 1) if hidden(part)), None)
        entry = (
            Entry("/".join(parts[:depth]), reason=FOLDER)
            if depth
            else Entry(name, digest=digests[name])
        )
        if entry != last:
            yield entry
        last = entry
