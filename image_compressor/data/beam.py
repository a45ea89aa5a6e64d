"""What `ingestion` does on all cores, done by Apache Beam: on this machine, or by a cluster.

One process names the images, and gives them out in parts. Where a part is worked on its images are
read, decoded and written as PNG files. Of those with the same pixels the first of the source stays.
"""

import io
import pickle
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from itertools import count, groupby, islice
from pathlib import Path
from typing import Any

from image_compressor.codec.parallel import chunks
from image_compressor.data.ingestion import duplicate, named, size, write_chunk
from image_compressor.data.seen import Seen
from image_compressor.data.sources import tfds
from image_compressor.data.sources.source import Source
from image_compressor.errors import InputError, nearest

PARTS = ".parts"  # the folder for what the workers get and give; no image lies in a hidden one
PART = 1024  # images
WITH_MORE = ("FlinkRunner", "SparkRunner", "PortableRunner")  # options that only their servers know


def rows(options: dict[str, Any], images: Source, directory: Path, max_pixels: int) -> Iterator:
    """As of `ingestion`: the row of each image in the manifest or in rejected.csv, in order.

    Args:
        options: Beam's, such as {"runner": "DirectRunner"}.
        directory: is one for all workers.

    Raises InputError for options that Beam does not know, and where its pipeline fails.
    """
    parts = directory / PARTS
    parts.mkdir()
    number = -1
    for number, part in enumerate(_parts(named(images.later(), Seen()))):
        (parts / f"{number:08}").write_bytes(pickle.dumps(part))
    with _pipeline(options) as (pipeline, beam):
        (
            pipeline
            | beam.Create(range(number + 1))
            | beam.Reshuffle()
            | beam.FlatMap(_written, directory, max_pixels)
            | "equal" >> beam.GroupByKey()
            | beam.FlatMap(_first_of, directory)
            | "part" >> beam.GroupByKey()
            | beam.Map(_keep, parts)
        )
    for done in sorted(parts.glob("*.rows")):
        yield from _checked(pickle.loads(done.read_bytes()))
    shutil.rmtree(parts)


def _parts(images):
    """Neighbours, and of the records of a data set only those of one shard."""
    for _, those in groupby(images, lambda image: getattr(image[0].content, "shard", None)):
        while part := list(islice(those, PART)):
            yield part


def _written(number, directory, max_pixels):
    """(what equal images have in common, (number, place in the part, name, row)) of each image.

    Runners tell only a text of an error: an InputError is given in the place of a row.
    """
    part = pickle.loads((directory / PARTS / f"{number:08}").read_bytes())
    places = count()
    try:
        for chunk in chunks(tfds.read(part), size):
            for name, row in write_chunk(directory, max_pixels, chunk):
                place = next(places)
                yield row.get("sha256", f"{number}/{place}"), (number, place, name, row)
    except InputError as error:
        yield f"{number}/{next(places)}", (number, -1, "", error)


def _first_of(equal, directory):
    """(part, (place, row)) of images with the same pixels."""
    first, *others = sorted(equal[1], key=lambda image: image[:2])
    yield first[0], (first[1], first[3])
    for number, place, name, row in others:
        yield number, (place, duplicate(directory, row, name, first[2]))


def _keep(part, parts):
    number, found = part
    ordered = [row for _, row in sorted(found, key=lambda row: row[0])]
    (parts / f"{number:08}.rows").write_bytes(pickle.dumps(ordered))


def _checked(rows):
    for row in rows:
        if isinstance(row, InputError):
            raise row
    return rows


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
        fix = "Install the extra `beam` in an environment of its own: see the README."
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
