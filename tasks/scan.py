"""scan: ingest.source -> data/source.csv, the files there, by which DVC sees what changed.

It runs each time. DVC itself would hash the files only once ingest has read them, when they may be
others, and would end at the first that cannot be read.
"""

import logging
from collections import Counter
from pathlib import Path
from typing import Any

from image_compressor.images.formats import summary
from image_compressor.ingest import listing
from tasks.parameters import Location, checked
from tasks.source import TABLE, scanned
from tasks.stage import main


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
        listing.write(table, scanned(source, path, dataset, passed))
    except FileNotFoundError:
        missing = "%s is not here, and DVC does not track it. Set ingest.path to where it is."
        log.error(missing, path)
    if passed:
        log.info(summary(passed))


if __name__ == "__main__":
    main(run, "scan", "ingest")
