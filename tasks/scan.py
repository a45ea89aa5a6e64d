"""scan: ingest.source -> data/source.csv, a listing of its files, so that DVC notices changes.

It runs each time. DVC itself would hash the files only after ingest has read them, when they may
have changed, and would stop at the first unreadable file.
"""

import logging
from collections import Counter
from pathlib import Path
from typing import Any

from image_compressor.images.formats import summary
from image_compressor.ingest import listing
from tasks.parameters import Location, checked
from tasks.source import TABLE, SourceName, scanned
from tasks.stage import main


@checked
def run(
    table: Path = TABLE,
    /,
    *,
    source: SourceName,
    path: Location | None = None,
    dataset: str | None = None,
    **others: Any,
) -> None:
    """Writes the listing of the source, and logs how many files are not images.

    If its path is neither here nor tracked by DVC, nothing is written: `dvc repro` then stops, and
    `dvc repro --allow-missing` treats the source as unchanged.
    """
    log, passed = logging.getLogger("scan"), Counter[str]()
    try:
        listing.write(table, scanned(source, path, dataset, passed))
    except FileNotFoundError:
        missing = "%s does not exist, and DVC does not track it. Correct ingest.path"
        log.error(missing, path)
    if passed:
        log.info(summary(passed))


if __name__ == "__main__":
    main(run, "scan", "ingest")
