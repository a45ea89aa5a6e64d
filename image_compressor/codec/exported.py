"""The files of an exported codec, or of a released one by its name."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import image_compressor.documents as documents
from image_compressor.codec.table_file import TABLES
from image_compressor.errors import InputError
from image_compressor.files import check_readable

# The networks of a codec, by the names that they have everywhere; two only with a hyperprior.
NETWORKS = ("encoder", "decoder", "hyper_encoder", "hyper_decoder")
ENCODER, DECODER, HYPER_ENCODER, HYPER_DECODER = FILES = tuple(
    f"{name}.tflite" for name in NETWORKS
)
CARD = "card.json"
NEEDED = (TABLES, ENCODER, DECODER)
Files = Mapping[str, bytes]

_PACKAGE = Path(__file__).parents[1]
# Codecs that come with the package: in an installed one, and in a checkout.
PLACES = (_PACKAGE / "released", _PACKAGE.parent / "models" / "released")


def read(directory: Path) -> Files:
    """The bytes of each file that is there, all of one export, also while another comes there."""
    files, again = _read(directory), _read(directory)
    while files != again:  # until nothing changes in between
        files, again = again, _read(directory)
    return files


def read_whole(directory: Path) -> Files:
    """The same. Raises InputError where one is missing, or is not what the card says it is."""
    files = read(directory)
    for name in (*NEEDED, *([HYPER_ENCODER] if HYPER_DECODER in files else [])):
        if name not in files:
            raise InputError(
                f"an exported codec with {name}",
                f"{directory} has none",
                "Name another directory, or write one with `make reproduce`.",
            )
    told, there = card(files).get("files"), digests(files)
    if told not in (None, there):
        other = [name for name in {**told, **there} if told.get(name) != there.get(name)]
        raise InputError(
            f"the files whose SHA-256 {CARD} has",
            f"{directory}, where {', '.join(other)} differ",
            "Copy the whole codec again, or export it again.",
        )
    return files


def _read(directory):
    files = {}
    for name in (TABLES, *FILES, CARD):
        try:
            check_readable(directory / name)
            files[name] = (directory / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            continue
        except (OSError, ValueError) as error:  # ValueError: a path with NUL
            raise InputError("a codec that can be read", error, "Name another.") from None
    return files


def digests(files: Files) -> dict[str, str]:
    """Hex SHA-256 of each file but the card."""
    return {
        name: hashlib.sha256(content).hexdigest() for name, content in files.items() if name != CARD
    }


def codec_id(files: Files) -> str:
    """Hex SHA-256 of what decoding depends on: the tables, the decoder and the hyper-decoder."""
    parts = (files.get(name, b"") for name in (TABLES, DECODER, HYPER_DECODER))
    return hashlib.sha256(b"".join(parts)).hexdigest()


def card(files: Files) -> dict[str, Any]:
    """What the card says, nothing without one. Raises InputError where it is none."""
    what, fix = f"a {CARD} that is a JSON object", "Export the codec again."
    facts = documents.read(files.get(CARD, b"{}"), dict[str, Any], what, fix)
    try:
        documents.typed(facts.get("files"), dict[str, str] | None, f"{CARD}.files")
    except ValueError as error:
        raise InputError(what, error, fix) from None
    return facts


def find(codec: str | Path) -> Path:
    """The directory of a codec: that of a released one if `codec` is its name, else itself.

    "digits" is the released one, "./digits" a directory of the caller's. Raises InputError for
    what is neither a str nor a Path.
    """
    if not isinstance(codec, str | Path):
        raise InputError("a codec's name or directory", repr(codec)[:80], "Give a str or a Path.")
    if isinstance(codec, str) and codec in names():
        return next(place / codec for place in PLACES if (place / codec).is_dir())
    return Path(codec)


def names() -> list[str]:
    """Those of the released codecs."""
    return sorted({path.name for place in PLACES for path in place.glob("*/")})
