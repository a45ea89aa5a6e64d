"""ingest: a source's images -> data/raw."""

import logging
from pathlib import Path
from typing import Literal

from tasks.stage import checked, main


@checked
def run(directory: Path = Path("data/raw"), /, *, source: Literal["digits"]) -> None:
    """Writes the images of `source` as PNG files, and manifest.csv, into `directory`."""
    from image_compressor.data import raw
    from image_compressor.data.sources import SOURCES

    count = raw.write(SOURCES[source](), directory)
    logging.getLogger("ingest").info("%d images from %s in %s", count, source, directory)


if __name__ == "__main__":
    main(run, "ingest")
