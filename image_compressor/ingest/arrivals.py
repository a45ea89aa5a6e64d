"""The images that have come to a place since the last look, by its listings then and now."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from image_compressor.errors import InputError
from image_compressor.images.groups import spread
from image_compressor.ingest import scanning
from image_compressor.ingest.known import Known
from image_compressor.ingest.listing import Row
from image_compressor.storage import Place


def listed(source: str, known: Path) -> list[Row]:
    """Lists the images of a directory, or of an address such as s3://bucket/images.

    Args:
        known: file with the digests of the files of a directory, so that they are read only once.

    Raises InputError if the place is missing, and Unreachable if it cannot be reached.
    """
    passed = Counter[str]()
    if "://" in source:
        return [*scanning.at_place(Place(source), passed=passed)]
    if not Path(source).is_dir():
        raise InputError(f"{source} is not a directory. Name one with images, or an address.")
    with Known(known) as digests:
        return [*scanning.on_disk(Path(source), digests, passed)]


def new(rows: Iterable[Row], before: Iterable[Row]) -> list[Row]:
    """Returns the rows whose name or content was not there before."""
    seen = {(row.name, row.digest) for row in before}
    return [row for row in rows if (row.name, row.digest) not in seen]


def repeated(rows: list[Row]) -> int:
    """Counts the rows with the content of another one among them."""
    digests = [row.digest for row in rows if row.digest]
    return len(digests) - len(set(digests))


def sample(rows: list[Row], most: int) -> list[Row]:
    """Returns at most so many of the rows, spread evenly."""
    return [rows[number] for number in spread(len(rows), most)]
