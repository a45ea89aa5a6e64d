"""ingest: a source's images -> data/raw."""

import logging
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from tasks.stage import checked, main


@checked
def run(
    directory: Path = Path("data/raw"),
    /,
    *,
    source: Literal["digits"],
    limit: Annotated[int, Field(ge=1)] | None,
) -> None:
    """Writes the images of `source` as PNG files, and manifest.csv, into `directory`.

    With a `limit` only so many of them, spread over the source.
    """
    from image_compressor.data import raw
    from image_compressor.data.sources import SOURCES

    images = SOURCES[source]()
    count = raw.write(images if limit is None else raw.sample(images, limit), directory)
    logging.getLogger("ingest").info("%d images from %s in %s", count, source, directory)


if __name__ == "__main__":
    main(run, "ingest")
