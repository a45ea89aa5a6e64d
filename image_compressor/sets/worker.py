"""What is the same wherever the work of a set is done: this package's version, codec and output."""

from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from image_compressor.cluster import PACKAGE
from image_compressor.codec import exported
from image_compressor.codec.codec import Codec, load_quietly
from image_compressor.errors import InputError
from image_compressor.storage import Place


def facts(codec: str | Path) -> dict[str, str]:
    """The version of this package, and the hex SHA-256 of each file of a codec that is here."""
    files = exported.read(exported.find(codec))
    return {PACKAGE: version(PACKAGE), **exported.digests(files)}


def loaded(codec: str | Path, expected: dict[str, str]) -> Codec:
    """A codec. Raises InputError unless its `facts` are what they were where the job began."""
    here = facts(codec)
    for what, value in expected.items():
        if here.get(what) != value:
            raise InputError(
                f"{what} {value} on every worker, as where the job began",
                here.get(what),
                "Install the same version and copy the same codec there.",
            )
    return _loaded(str(exported.find(codec)), tuple(expected.items()))


def check_shared(output: Place, name: str) -> None:
    """Raises InputError where a file is not there that was written where the job began."""
    if not output.exists(name):
        fix = "Give a directory that all of them mount there, or object storage."
        raise InputError("an output that all workers share", f"{output} without {name}", fix)


@lru_cache(maxsize=2)
def _loaded(place, expected):
    """Once for each content: workers outlive a codec that is exported again."""
    return load_quietly(place)
