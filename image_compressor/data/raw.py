"""data/raw: PNG files in images, manifest.csv with a row for each, and rejected.csv.

If images has a file store.txt, the PNG files are at the address in that file, often in object
storage. They are named by the hash of their bytes, so that no file is ever overwritten.
Rejected files are not in the manifest, so one more of them does not cause a new training.
"""

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
from PIL.PngImagePlugin import PngImageFile

from image_compressor.data.source import SourceImage
from image_compressor.errors import InputError
from image_compressor.storage import Place

FILES, STORE, MANIFEST, REJECTED = "images", "store.txt", "manifest.csv", "rejected.csv"
# Sizes in pixels, Pillow's mode L or RGB, bytes of the file; label and split may be empty.
FIELDS = ("name", "sha256", "width", "height", "mode", "bytes", "label", "split")
REASONS = ("name", "reason")  # a reason is `kind: details`
LISTED = 20


def read(directory: Path) -> Iterator[SourceImage]:
    """Yields the images of a data/raw, in the order of its manifest.

    Raises InputError if the manifest is missing or malformed, or an image is missing or changed.
    """
    place = place_of(directory)
    return (image for row in Manifest(directory) for image in images(place, [row]))


def place_of(directory: Path) -> Path | Place:
    """Returns the location of a data/raw's PNG files: a Path, or the Place in store.txt."""
    files = directory / FILES
    store = files / STORE
    return Place(store.read_text("utf-8").strip()) if store.is_file() else files


def stored_name(row: dict[str, str]) -> str:
    """Returns the name of an image's file at a Place."""
    return f"{row['sha256'][:2]}/{row['sha256']}.png"


class Manifest:
    """Rows of a manifest, read lazily. Raises InputError like `read`.

    Attributes:
        splits: the splits that the source gives.
        size: (height, width) of the first image.
    """

    def __init__(self, directory: Path):
        self.path, self.count, self.splits = directory / MANIFEST, 0, set()
        for row in self:
            if not self.count:
                self.size = int(row["height"]), int(row["width"])
            self.count += 1
            self.splits |= {row["split"]} - {""}

    def __iter__(self) -> Iterator[dict[str, str]]:
        return _table(self.path, FIELDS)

    def __len__(self) -> int:
        return self.count


def images(place: Path | Place, rows: list[dict[str, str]]) -> Iterator[SourceImage]:
    """Yields the images of some rows of the manifest, see `place_of`. Raises like `read`."""
    for row, content in zip(rows, _contents(place, rows), strict=True):
        if isinstance(content, OSError) or hashlib.sha256(content).hexdigest() != row["sha256"]:
            problem = "is missing" if isinstance(content, OSError) else f"differs from {MANIFEST}"
            raise InputError(
                f"{place}/{row['name']} {problem}. Run the stage ingest again: "
                "`dvc repro --force ingest`."
            )
        # Not by Image.open, whose limit of pixels may be below ingest.max_pixels.
        with PngImageFile(io.BytesIO(content)) as opened:
            yield SourceImage(row["name"], np.asarray(opened), row["label"], row["split"])


def _contents(place, rows):
    """Yields each file's bytes, or an OSError."""
    if isinstance(place, Place):
        yield from place.read_each([stored_name(row) for row in rows])
        return
    for row in rows:
        try:
            yield (place / row["name"]).read_bytes()
        except OSError as error:
            yield error


def rejected(directory: Path) -> dict[str, int]:
    """Counts the rejected images by kind of reason."""
    reasons = (row["reason"] for row in _table(directory / REJECTED, REASONS))
    return dict(sorted(Counter(reason.split(":")[0] for reason in reasons).items()))


def facts(directory: Path) -> dict:
    """Summarizes a data/raw for JSON, with at most LISTED entries in each list.

    Keys: number of `images` and `bytes` of their PNG files; `sizes` and `labels` with their
    numbers of images, most frequent first, and `different`, the numbers of distinct ones; the
    numbers `rejected` by kind of reason, and `rejections`, some names with reasons.
    """
    sizes: Counter = Counter()
    labels: Counter = Counter()
    size = 0
    manifest = Manifest(directory)
    for row in manifest:
        sizes[f"{row['width']}x{row['height']}"] += 1
        labels[row["label"]] += 1
        size += int(row["bytes"])
    return {
        "images": len(manifest),
        "bytes": size,
        "sizes": dict(sizes.most_common(LISTED)),
        "labels": dict(labels.most_common(LISTED)),
        "different": {"sizes": len(sizes), "labels": len(labels)},
        "rejected": rejected(directory),
        "rejections": list(islice(_table(directory / REJECTED, REASONS), LISTED)),
    }


def _table(path, columns):
    try:
        with path.open(newline="", encoding="utf-8") as file:
            table = csv.DictReader(file)
            if tuple(table.fieldnames or ()) == columns:
                yield from table
                return
            found = table.fieldnames
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"Cannot read {path}: {error}. Run `dvc repro ingest` first.") from None
    raise InputError(
        f"{path} has the columns {found} instead of {', '.join(columns)}. Run the stage ingest "
        "again: `dvc repro --force ingest`."
    )
