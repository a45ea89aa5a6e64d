"""Lists the files of ingest.source, wherever its path is."""

from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

from image_compressor.ingest import scanning, sources
from image_compressor.ingest.known import Known
from image_compressor.ingest.listing import Row
from tasks import tracked

TABLE = Path("data/source.csv")
SourceName = Annotated[str, AfterValidator(sources.SOURCES.check)]
KNOWN = Path(".dvc/tmp/scan.sqlite")


def package(source: str) -> str | None:
    """Returns the package that the images of a source come with, if there is one."""
    return getattr(sources.SOURCES[source], "PACKAGE", None)


def scanned(
    source: str, path: str | None, dataset: str | None, passed: Counter[str] | None = None
) -> Iterator[Row]:
    """Yields a source's rows for `ingest.listing`.

    Args:
        passed: counts the files that are not meant as images, by reason.

    Raises FileNotFoundError if its path does not exist.
    """
    # In data sets and stacks every file counts, whatever its name.
    counted = (Counter() if passed is None else passed) if sources.is_listed(source) else None
    if own := package(source):
        yield Row(dataset or source, digest=version(own))
    if path is None:
        return
    # Only this data set's folder, which may not have been downloaded yet.
    module = sources.SOURCES[source]
    folder = module.folder(dataset) if dataset and hasattr(module, "folder") else ""
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
