"""What `ingestion` does on all cores, done by Apache Beam: on this machine, or by a cluster.

One process names the images, and gives them out in parts. Where a part is worked on its images are
read, decoded and written as PNG files. Of those with the same pixels the first of the source stays.
"""

import io
import pickle
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from itertools import count, groupby, islice
from pathlib import Path
from typing import Any

import numpy as np

from image_compressor.codec.parallel import chunks
from image_compressor.data.ingestion import duplicate, named, size, write_chunk
from image_compressor.data.seen import Seen
from image_compressor.data.sources import tfds
from image_compressor.data.sources.source import Source
from image_compressor.errors import InputError, nearest
from image_compressor.places import Place

PART = 1024  # images
HERE = "here"
WITH_MORE = ("FlinkRunner", "SparkRunner", "PortableRunner")  # options that only their servers know


def rows(
    options: dict[str, Any], images: Source, place: Path | Place, max_pixels: int
) -> Iterator[dict]:
    """As of `ingestion`: the row of each image in the manifest or in rejected.csv, in order.

    Args:
        options: Beam's, such as {"runner": "DirectRunner"}.
        place: where the PNG files go, the same for all workers.

    Raises InputError for options that Beam does not know, and where its pipeline fails.
    """
    place = place.absolute() if isinstance(place, Path) else place
    parts = Place(f"{place}/.parts-{secrets.token_hex(4)}")  # no image lies in a hidden folder
    total = 0
    try:
        for part in _parts(named(images.later(), Seen())):
            parts.put(f"{total:08}", pickle.dumps(part))
            total += 1
        with _pipeline(options) as (pipeline, beam):
            (
                pipeline
                | beam.Create(range(total))
                | beam.Reshuffle()
                | beam.FlatMap(_written, parts, place, max_pixels)
                | "equal" >> beam.GroupByKey()
                | beam.FlatMap(_first_of, place)
                | "part" >> beam.GroupByKey()
                | beam.Map(_keep, parts)
            )
        for number in range(total):
            yield from pickle.loads(parts.read(f"{number:08}.rows"))
    finally:
        parts.clear()


def _parts(images):
    """Neighbours: of records those of one shard, of images that are in memory a few."""
    for kind, those in groupby(images, _kind):
        if kind is HERE:
            yield from chunks(those, size)
        while part := list(islice(those, PART)):
            yield part


def _kind(image):
    content = image[0].content
    return HERE if isinstance(content, bytes | np.ndarray) else getattr(content, "shard", None)


def _written(number, parts, place, max_pixels):
    """(what equal images have in common, (number, place in the part, name, row)) of each image."""
    part = pickle.loads(parts.read(f"{number:08}"))
    numbers = count()
    for chunk in chunks(tfds.read(part), size):
        for name, row in write_chunk(place, max_pixels, chunk):
            own = next(numbers)
            yield row.get("sha256", f"{number}/{own}"), (number, own, name, row)


def _first_of(equal, place):
    """(part, (place in it, row)) of images with the same pixels."""
    first, *others = sorted(equal[1], key=lambda image: image[:2])
    yield first[0], (first[1], first[3])
    for number, own, name, row in others:
        yield number, (own, duplicate(place, row, name, first[2]))


def _keep(part, parts):
    number, found = part
    ordered = [row for _, row in sorted(found, key=lambda row: row[0])]
    parts.put(f"{number:08}.rows", pickle.dumps(ordered))


@contextmanager
def _pipeline(options):
    """A pipeline, which has run when the block ends, and the module apache_beam."""
    checked = check(options)
    import apache_beam as beam

    try:
        with beam.Pipeline(options=checked) as pipeline:
            yield pipeline, beam
    except Exception as error:  # runners raise errors of many kinds, and those of workers as text
        reason = f"{type(error).__name__}: {str(error).strip().splitlines()[-1][:300]}"
        fix = "Check the options; Beam's own log is above."
        raise InputError(f"a run of Apache Beam with ingest.beam {options}", reason, fix) from None


def check(options: dict[str, Any]) -> Any:
    """These as Beam's PipelineOptions. Raises InputError for what Beam does not know."""
    try:
        from apache_beam.options.pipeline_options import PipelineOptions
    except ImportError as error:
        fix = "Install the extra `beam` in an environment of its own: see docs/images.md."
        raise InputError("the package apache-beam, for ingest.beam", error, fix) from None
    checked = PipelineOptions.from_dictionary(options)
    said = io.StringIO()
    try:
        with redirect_stderr(said):
            known = checked.get_all_options()
            given = checked.get_all_options(retain_unknown_options=True)
    except SystemExit:
        reason = said.getvalue().splitlines()[-1].partition("error: ")[2]
        raise InputError("options of Apache Beam in ingest.beam", reason, "Change it.") from None
    unknown = sorted(given.keys() - known.keys())
    if unknown and known["runner"] not in WITH_MORE:
        fix = nearest(unknown[0], known)
        raise InputError("options of Apache Beam in ingest.beam", unknown[0], fix)
    return checked
