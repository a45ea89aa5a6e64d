"""Finds the codec that wrote a file, by the id in the file."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from image_compressor.codec import exported, store
from image_compressor.codec.codec import Codec
from image_compressor.codec.frozen.table_file import TABLES
from image_compressor.errors import InputError, WrongCodecError

EXPORTED = Path("models/exported")


@lru_cache(maxsize=4)
def find(identity: bytes, embedded: bytes = b"", others: Sequence[str | Path] = ()) -> Codec:
    """The codec with an id that begins with these bytes; the last ones are kept in memory.

    It is looked for in the store, among `others`, in models/exported below the current directory
    and among the released codecs; then in the file. The others come first because their ids are
    computed from their files, and because they can compress too.

    Args:
        identity: the id in the file's header.
        embedded: the codec in the file, see `Reader`; empty if there is none.
        others: further directories.

    Raises WrongCodecError if none of them has it.
    """
    directory = find_directory(identity, others)
    if directory is not None:
        return Codec.load(directory)
    if embedded:
        found = Codec.from_embedded(embedded)
        if found.identity == identity:
            return found
    command = f"`image-compressor fetch codec --id {identity.hex()} --from PROJECT`"
    error = WrongCodecError(
        f"No codec {identity.hex()}, which wrote this file, is in {EXPORTED}, among the released "
        f"ones or in the store. Name its directory with --codec, or fetch it: {command}."
    )
    error.identity = identity
    raise error


def find_directory(identity: bytes, others: Sequence[str | Path] = ()) -> Path | None:
    """The directory of a codec on this machine, see `find`; None if there is none."""
    wanted = identity.hex()
    for entry in store.find(wanted):
        if _id(entry) == entry.name:
            store.used(entry)
            return entry
    return next((path for path in _directories(others) if _id(path).startswith(wanted)), None)


def _directories(others) -> Iterator[Path]:
    yield from map(Path, others)
    yield EXPORTED
    yield from map(exported.find, exported.names())


def _id(directory):
    """The id of the codec in a directory, in hex; empty if there is no whole codec."""
    try:
        files = exported.read(directory)
    except InputError:
        return ""
    return exported.codec_id(files) if TABLES in files else ""
