"""The codecs that this machine keeps, by their ids, so that the files they wrote stay readable.

A codec that writes is added, and so is every codec that the pipeline exports. An entry is a
directory, named by the whole id, with the codec's files.
"""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import platformdirs

from image_compressor.codec import exported
from image_compressor.codec.exported import Files
from image_compressor.errors import InputError
from image_compressor.files import replace_directory

# Environment variable: another directory for the store, or nothing for no store.
VARIABLE = "IMAGE_COMPRESSOR_CODECS"


def directory() -> Path | None:
    """The store's directory, whether or not it exists; None if there is to be no store."""
    usual = platformdirs.user_data_path("image-compressor") / "codecs"
    given = os.environ.get(VARIABLE, str(usual))
    return Path(given) if given else None


def add(files: Files) -> Path | None:
    """Keeps the files of a codec; returns the entry, or None if there is no store.

    An entry that exists stays as it is, but counts as used now. Raises OSError if the store cannot
    be written.
    """
    place = directory()
    if place is None:
        return None
    entry = place / exported.codec_id(files)
    if entry.is_dir():
        used(entry)
        return entry
    with replace_directory(entry) as scratch:
        for name, content in files.items():
            (scratch / name).write_bytes(content)
    return entry


def keep(files: Files | None) -> str:
    """Adds a codec that writes; returns a warning if that fails, or ""."""
    try:
        if files is not None:
            add(files)
    except (OSError, InputError) as error:
        return (
            f"warning: the codec is not kept in {directory()} ({error}). Once it has been "
            "replaced, you will need a copy of it to read this file."
        )
    return ""


def used(entry: Path) -> None:
    """Notes that a codec was used now, as far as the store can be written."""
    with contextlib.suppress(OSError):
        os.utime(entry)


def entries() -> Iterator[Path]:
    """The entries, the one used last first."""
    place = directory()
    found = [] if place is None or not place.is_dir() else [*place.iterdir()]
    whole = [path for path in found if len(path.name) == 64 and path.is_dir()]
    return iter(sorted(whole, key=lambda path: path.stat().st_mtime, reverse=True))


def find(prefix: str) -> list[Path]:
    """The entries of the codecs whose ids, in hex, begin like this."""
    return [entry for entry in entries() if entry.name.startswith(prefix)]


def one(prefix: str) -> Path:
    """The only entry whose id begins like this. Raises InputError if there is none, or several."""
    found = find(prefix)
    if len(found) != 1 or not prefix:
        fix = "`image-compressor codecs list` lists them. Give more of its id."
        received = f"{len(found)} whose ids begin with {prefix!r}"
        raise InputError(f"one codec of those in {directory()}", received, fix)
    return found[0]


def remove(entry: Path) -> None:
    """Removes an entry."""
    shutil.rmtree(entry)
