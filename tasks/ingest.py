"""ingest: a source's images -> data/raw, and a summary of them."""

import json
import logging
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

from pydantic import Field

from image_compressor.ingest import listing
from tasks import tracked
from tasks.parameters import Location, checked
from tasks.source import TABLE, SourceName, package, scanned
from tasks.stage import main

# Their versions determine the decoded pixels, and the bytes of the PNG files.
DECODERS = ("imagecodecs", "numpy", "pillow", "simplejpeg", "tifffile")


@checked
def run(
    directory: Path = Path("data/raw"),
    facts_file: Path = Path("reports/images.json"),
    table: Path = TABLE,
    /,
    *,
    source: SourceName,
    path: Location | None = None,
    dataset: str | None = None,
    feature: str | None = None,
    labels: Annotated[list[str], Field(min_length=1)] | None = None,
    limit: Annotated[int, Field(ge=1)] | None = None,
    max_rejected: Annotated[float, Field(ge=0, le=1)] = 0.1,
    max_pixels: Annotated[int, Field(ge=1)] = 50_000_000,
    store: Location | None = None,
    scheduler: str | None = None,
) -> None:
    """Writes the images of `source` as PNG files, manifest.csv and rejected.csv into `directory`.

    Args:
        facts_file: gets a summary, for stages that do not need the images.
        table: the listing of the source that scan wrote.
        labels: if given, only images with one of these labels are taken.
        limit: if given, at most this many images, spread over the source.
        store: if given, the PNG files are written there.
        scheduler: if given, the workers of this Dask cluster do the work, and write the same files.
    """
    from tqdm import tqdm

    from image_compressor.cluster import workers
    from image_compressor.data import raw
    from image_compressor.files import replace_file
    from image_compressor.ingest import ingestion, sources
    from image_compressor.storage import Place

    location = path if path is None or "://" in path else Path(path).absolute()
    options = {"path": location, "dataset": dataset, "feature": feature}
    if isinstance(location, Path) and not location.exists() and tracked.tracks(location):
        tracked.pull(location)
    listed = sources.is_listed(source)
    if listed:
        options["listed"] = table
    chosen = sources.choose(sources.find(source, **options), labels, limit)
    # Listed files are compared one by one with the listing, other sources as a whole.
    before = [] if listed else [*listing.read(table)]
    files = None if store is None else Place(store)
    progress = tqdm(chosen, desc="ingest", unit="image", mininterval=1)
    with nullcontext() if scheduler is None else workers(scheduler, *DECODERS) as found:
        if found and isinstance(location, Path):
            found.check_shared(location)
        counts = ingestion.write(progress, directory, max_pixels, max_rejected, files, found)
    with replace_file(facts_file, force=True) as file:
        file.write((json.dumps(raw.facts(directory), indent=2) + "\n").encode())
    log = logging.getLogger("ingest")
    log.info("%s from %s in %s", ingestion.text(counts), source, directory)
    now = [] if listed else [*scanned(source, path, dataset)]
    if package(source) and len(before) == 1:  # no file before: the package has just downloaded them
        listing.write(table, now)
    elif now != before or counts[ingestion.CHANGED]:
        listing.spoil(table)
        log.warning("The images changed while they were read. Run `dvc repro` again")


if __name__ == "__main__":
    main(run, "ingest")
