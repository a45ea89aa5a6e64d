"""History of the looks at new images: a row each, in a CSV file."""

import csv
import io
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from image_compressor.errors import InputError
from image_compressor.files import replace_file


@dataclass(frozen=True)
class Entry:
    """A look.

    Attributes:
        time: UTC, in ISO 8601.
        arrived: number of new files.
        looked: how many of them were read.
        refused: how many of these the codec cannot take.
        codec: the first digits of its id.
        found: no drift, drift or invalid.
        bytes_per_image, ssim, ssim_p5, stored: as in `look.Cost`; empty for invalid images.
        p: the smallest of the tests' probabilities, see `drift.Compared`; empty for invalid images.
        arrivals: a digest of the listing of the new files.
    """

    time: str
    arrived: int
    looked: int
    refused: int
    codec: str
    found: str
    bytes_per_image: float | str
    ssim: float | str
    ssim_p5: float | str
    stored: float | str
    p: float | str
    arrivals: str


COLUMNS = [field.name for field in fields(Entry)]


def add(entry: Entry, path: Path) -> None:
    """Adds a row, unless the last one is of the same arrivals: then that look was interrupted."""
    rows = read(path)
    if rows and rows[-1]["arrivals"] == entry.arrivals:
        rows.pop()
    with replace_file(path, force=True) as file:
        text = io.TextIOWrapper(file, "utf-8", newline="")
        table = csv.DictWriter(text, COLUMNS, lineterminator="\n")
        table.writeheader()
        table.writerows([*rows, asdict(entry)])
        text.detach()


def read(path: Path) -> list[dict[str, str]]:
    """Reads all rows; none if there is no file. Raises InputError if it is malformed."""
    try:
        with path.open(newline="", encoding="utf-8") as file:
            table = csv.DictReader(file)
            if table.fieldnames != COLUMNS:
                raise ValueError(f"its columns are {table.fieldnames}, not {COLUMNS}")
            return [*table]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(f"{path} cannot be read: {error}. Restore it, or move it away.") from None
