"""The files of an exported codec, or of a released one by its name."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import image_compressor.documents as documents
from image_compressor.codec.frozen.table_file import TABLES
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
# Where the released codecs are: in an installed package, and in a checkout.
FOLDERS = (_PACKAGE / "released", _PACKAGE.parent / "models" / "released")


def read(directory: Path) -> Files:
    """The bytes of each existing file, all from one export even while another replaces it."""
    files, again = _read(directory), _read(directory)
    while files != again:  # until two reads in a row agree
        files, again = again, _read(directory)
    return files


def read_whole(directory: Path) -> Files:
    """The files of a complete codec, see `read`.

    Raises InputError if a file is missing, or differs from its SHA-256 in the card.
    """
    files, released = read(directory), ", ".join(names())
    for name in (*NEEDED, *([HYPER_ENCODER] if HYPER_DECODER in files else [])):
        if name not in files:
            raise InputError(
                f"{directory} is not an exported codec: it has no {name}. Name another directory, "
                f"or a released codec ({released}), or make one with `make reproduce`."
            )
    recorded, actual = card(files).get("files"), digests(files)
    if recorded not in (None, actual):
        every = {**recorded, **actual}
        other = [name for name in every if recorded.get(name) != actual.get(name)]
        raise InputError(
            f"Files in {directory} do not match their SHA-256 in {CARD}: {', '.join(other)}. "
            "Copy the whole codec again, or export it again."
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
            fix = "Check its permissions, or name another codec."
            raise InputError(f"The codec cannot be read ({error}). {fix}") from None
    return files


def digests(files: Files) -> dict[str, str]:
    """The hex SHA-256 of each file except the card."""
    return {
        name: hashlib.sha256(content).hexdigest() for name, content in files.items() if name != CARD
    }


def codec_id(files: Files) -> str:
    """The hex SHA-256 of the files for decoding: the tables, the decoder and the hyper-decoder."""
    parts = (files.get(name, b"") for name in (TABLES, DECODER, HYPER_DECODER))
    return hashlib.sha256(b"".join(parts)).hexdigest()


def card(files: Files) -> dict[str, Any]:
    """The content of the card, empty if there is no card. Raises InputError if it is malformed."""
    what, fix = f"a {CARD} that is a JSON object", "Export the codec again."
    facts = documents.read(files.get(CARD, b"{}"), dict[str, Any], what, fix)
    try:
        documents.typed(facts.get("files"), dict[str, str] | None, f"{CARD}.files")
    except ValueError as error:
        raise InputError(what, error, fix) from None
    return facts


def find(codec: str | Path) -> Path:
    """The directory of a codec, given by that directory or by the name of a released codec.

    "digits" is the released codec, "./digits" a directory of the caller. Raises InputError unless
    `codec` is a str or a Path.
    """
    if not isinstance(codec, str | Path):
        raise InputError("a codec's name or directory", repr(codec)[:80], "Pass a str or a Path.")
    if isinstance(codec, str) and codec in names():
        return next(folder / codec for folder in FOLDERS if (folder / codec).is_dir())
    return Path(codec)


def names() -> list[str]:
    """The names of the released codecs."""
    return sorted({path.name for folder in FOLDERS for path in folder.glob("*/")})
