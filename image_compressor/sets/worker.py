"""Checks on a worker of a set: that it has the same package, codec and output."""

from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import overload

from image_compressor.cluster import PACKAGE
from image_compressor.codec import exported
from image_compressor.codec.codec import Codec
from image_compressor.errors import InputError
from image_compressor.storage import Place


def facts(codec: str | Path | None) -> dict[str, str]:
    """The version of this package, and {file: hex SHA-256} of a codec, on this machine."""
    files = {} if codec is None else exported.read(exported.find(codec))
    return {PACKAGE: version(PACKAGE), **exported.digests(files)}


@overload
def loaded(codec: str | Path, expected: dict[str, str]) -> Codec: ...
@overload
def loaded(codec: str | Path | None, expected: dict[str, str]) -> Codec | None: ...
def loaded(codec, expected):
    """The codec, or None for None.

    Raises InputError unless its `facts` here are those expected by the job.
    """
    here = facts(codec)
    for what, value in expected.items():
        if here.get(what) != value:
            raise InputError(
                f"{what} {value} on every worker, as where the job began",
                here.get(what) or "none",
                "Install the same version and copy the same codec there.",
            )
    if codec is None:
        return None
    return _loaded(str(exported.find(codec)), tuple(expected.items()))


def check_shared(output: Place, name: str) -> None:
    """Raises InputError if a file that was written where the job began is missing here."""
    if not output.exists(name):
        fix = "Choose a directory that all of them mount, or object storage."
        raise InputError("an output that all workers share", f"{output} without {name}", fix)


@lru_cache(maxsize=2)
def _loaded(path, expected):
    """Loads a codec once for each content: a codec may be exported again while a worker runs."""
    return Codec.load(path)
