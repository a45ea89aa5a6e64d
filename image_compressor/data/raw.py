"""data/raw: PNG files in images, manifest.csv with a row each, rejected.csv of those left out.

Where images has a file store.txt, the PNG files are at the place that it names, in object storage
perhaps: by the hash of their bytes, so that what was there before is never written over.
What was left out is not in what training reads: a file more there trains nothing anew.
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
# Pixels, Pillow's mode L or RGB, bytes of the file; label and split where the source has them.
FIELDS = ("name", "sha256", "width", "height", "mode", "bytes", "label", "split")
REASONS = ("name", "reason")  # a reason is `kind: what was found`
LISTED = 20


def read(directory: Path) -> Iterator[SourceImage]:
    """The images of a data/raw, in the order of its manifest.

    Raises InputError where the manifest is missing or broken, and where an image is missing or
    was altered.
    """
    place = place_of(directory)
    return (image for row in Manifest(directory) for image in images(place, [row]))


def place_of(directory: Path) -> Path | Place:
    """Where the PNG files of a data/raw are: a Path, by their names, or the place in store.txt."""
    files = directory / FILES
    store = files / STORE
    return Place(store.read_text("utf-8").strip()) if store.is_file() else files


def stored_name(row: dict[str, str]) -> str:
    """That of an image at a place."""
    return f"{row['sha256'][:2]}/{row['sha256']}.png"


class Manifest:
    """The rows of a manifest, read as they are asked for. Raises InputError as `read` does.

    Attributes:
        splits: those that images have of their source.
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
    """Those of rows of the manifest, see `place_of`. Raises InputError as `read` does."""
    for row, content in zip(rows, _contents(place, rows), strict=True):
        if isinstance(content, OSError) or hashlib.sha256(content).hexdigest() != row["sha256"]:
            raise InputError(
                f"{place}/{row['name']} as {MANIFEST} has it",
                "no such file" if isinstance(content, OSError) else "another file",
                "Run the stage ingest again: `dvc repro --force ingest`.",
            )
        # Not by Image.open, which has a limit of its own; ingest.max_pixels may be above it.
        with PngImageFile(io.BytesIO(content)) as opened:
            yield SourceImage(row["name"], np.asarray(opened), row["label"], row["split"])


def _contents(place, rows):
    """The bytes of each file, or an OSError."""
    if isinstance(place, Place):
        yield from place.read_each([stored_name(row) for row in rows])
        return
    for row in rows:
        try:
            yield (place / row["name"]).read_bytes()
        except OSError as error:
            yield error


def rejected(directory: Path) -> dict[str, int]:
    """How many images were left out, by the kind of reason."""
    reasons = (row["reason"] for row in _table(directory / REJECTED, REASONS))
    return dict(sorted(Counter(reason.split(":")[0] for reason in reasons).items()))


def facts(directory: Path) -> dict:
    """About a data/raw, for JSON; of each list the first LISTED.

    `images` and their `bytes` as PNG files; `sizes` and `labels`, how many images have each, the
    most frequent first, and `different`, how many of these there are; how many were `rejected` by
    the kind of reason, and the names and reasons of some, `rejections`.
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
        raise InputError(
            f"{path.name} of the images", f"{path}: {error}", "Run `dvc repro ingest` first."
        ) from None
    raise InputError(
        f"the columns {', '.join(columns)}",
        f"{path} with {found}",
        "Run the stage ingest again: `dvc repro --force ingest`.",
    )
