"""ingest: a source's images -> data/raw, and facts about them."""

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

# They decide which pixels a file gives, and the bytes of the PNG files.
DECODERS = ("imagecodecs", "numpy", "pillow", "simplejpeg", "tifffile")


@checked
def run(
    directory: Path = Path("data/raw"),
    facts_file: Path = Path("reports/images.json"),
    table: Path = TABLE,
    /,
    *,
    source: SourceName,
    path: Location | None,
    dataset: str | None,
    feature: str | None,
    labels: Annotated[list[str], Field(min_length=1)] | None,
    limit: Annotated[int, Field(ge=1)] | None,
    max_rejected: Annotated[float, Field(ge=0, le=1)],
    max_pixels: Annotated[int, Field(ge=1)],
    store: Location | None,
    scheduler: str | None,
) -> None:
    """Writes the images of `source` as PNG files, manifest.csv and rejected.csv into `directory`.

    With `labels` only the images that have one of them; with a `limit` only so many, spread over
    the source. With a `store` the PNG files go there. With a `scheduler` the workers of that Dask
    cluster do the work, and write the same files. `facts_file` gets what there is to say about
    them, for those who have no need of the images. `table` is the listing of the source that scan
    wrote.
    """
    from tqdm import tqdm

    from image_compressor.cluster import workers
    from image_compressor.data import raw
    from image_compressor.files import replace_file
    from image_compressor.ingest import ingestion, sources
    from image_compressor.storage import Place

    place = path if path is None or "://" in path else Path(path).absolute()
    options = {"path": place, "dataset": dataset, "feature": feature}
    if isinstance(place, Path) and not place.exists() and tracked.tracks(place):
        tracked.pull(place)
    listed = sources.is_listed(source)
    if listed:
        options["listed"] = table
    chosen = sources.choose(sources.find(source, **options), labels, limit)
    # Listed files are compared one by one, those of other sources all at once.
    before = [] if listed else [*listing.read(table)]
    files = None if store is None else Place(store)
    progress = tqdm(chosen, desc="ingest", unit="image", mininterval=1)
    with nullcontext() if scheduler is None else workers(scheduler, *DECODERS) as found:
        if found and isinstance(place, Path):
            found.check_shared(place)
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
        log.warning("The images changed meanwhile: run `dvc repro` again to take them as they are")


if __name__ == "__main__":
    main(run, "ingest")
