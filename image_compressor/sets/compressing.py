"""A set of images -> .imgc files, a partition each, and their index.

`begin` plans it, `compress_part` may run anywhere and again, `end` makes it one archive.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from image_compressor.cluster import PACKAGE
from image_compressor.codec import inputs
from image_compressor.codec.container import Reader
from image_compressor.codec.transform import DEFAULT_QUALITY
from image_compressor.errors import InputError
from image_compressor.images.safe_names import readable
from image_compressor.parallel import parallel_map
from image_compressor.sets import index, worker
from image_compressor.sets.finding import find
from image_compressor.sets.index import Part, Plan
from image_compressor.storage import Place, Unreachable


@dataclass(frozen=True)
class Job:
    """What the worker of a partition has to know.

    Attributes:
        source, output: addresses of a `Place`.
        codec: directory, or name of a released one; the same where the work is done.
        plan: of the whole set.
        skip: are images left out that cannot be used?
        version: of this package, the same where the work is done.
        note: a line for people about files that were passed over or renamed, or "".
    """

    source: str
    output: str
    codec: str
    plan: Plan
    skip: bool
    version: str
    note: str


def begin(
    source: str | Path,
    output: str | Path,
    codec: str | Path,
    partitions: int,
    quality: int | None = None,
    fit: bool = False,
    skip: bool = False,
) -> tuple[Job, list[dict[str, str]]]:
    """The job, and where each image of each partition lies in the source, by its name.

    Raises InputError where there are no images, for a codec that is none, and where `output` has
    something else.
    """
    found, sizes = find(Place(source))
    facts = worker.facts(codec)
    quality = DEFAULT_QUALITY if quality is None else quality
    worker.loaded(codec, facts).tables(quality)
    version = facts.pop(PACKAGE)
    plan = Plan(facts, quality, fit, len(sizes), index.digest(sizes), partitions)
    ranges, paths = index.ranges(len(sizes), partitions), list(found.names.items())
    index.begin(Place(output), plan)
    job = Job(str(source), str(output), str(codec), plan, skip, version, found.note())
    return job, [dict(paths[part.start : part.stop]) for part in ranges]


def compress_part(job: Job, number: int, paths: dict[str, str]) -> Part:
    """Writes the file of a partition, or finds it finished. `paths` as of `begin`.

    Raises InputError where codec, version or output are others here, and for an image that cannot
    be used, unless the job skips those.
    """
    codec = worker.loaded(job.codec, {PACKAGE: job.version, **job.plan.codec})
    output, name, names = Place(job.output), index.part_name(number), list(paths)
    worker.check_shared(output, index.INDEX)
    if output.exists(name):
        return _finished(job, codec, output, name, names)
    rejected: dict[str, str] = {}
    read = _reader(job, codec, paths)
    try:
        _write(job, codec, read, output, name, names)
    except InputError as error:
        if not job.skip or isinstance(error, Unreachable):
            raise
        rejected = dict(_unusable(read, names))
        if len(rejected) in (0, len(names)):
            raise
        _write(job, codec, read, output, name, [one for one in names if one not in rejected])
    return _finished(job, codec, output, name, names, rejected)


def end(job: Job, parts: list[Part]) -> list[Part]:
    """Makes the files of all partitions one archive, a `Collection`."""
    index.end(Place(job.output), job.plan, parts)
    return parts


def _reader(job, codec, paths) -> Callable[[str], np.ndarray]:
    source = Place(job.source)

    def read(name):
        path = paths[name]
        content = Path(source.root, path) if source.local else source.read(path)
        return inputs.taken(codec, content, readable(path), job.plan.fit)

    return read


def _unusable(read, names) -> Iterator[tuple[str, str]]:
    for name in names:
        try:
            read(name)
        except Unreachable:  # which says nothing of the image
            raise
        except InputError as error:
            yield name, str(error)


def _write(job, codec, read, output, name, names):
    pictures = parallel_map(read, names, ahead=codec.ahead)
    with output.writing(name) as file:
        codec.write(file, pictures, names, quality=job.plan.quality)


def _finished(job, codec, output, name, names, rejected=None) -> Part:
    """What a file has. Raises InputError where it is not that of the partition."""
    with output.opened(name) as file:
        reader = Reader(file, len(names))
    header, found = reader.header, reader.header.names or ()
    kept, planned = set(found), (codec.identity, job.plan.quality)
    if (header.codec, header.quality) != planned or not found or not kept <= {*names}:
        received = f"{name} in {output}, which is of others"
        raise InputError("files of this set", received, "Remove it, or choose another output.")
    if rejected is None:
        rejected = {one: "left out before" for one in names if one not in kept}
    return Part(name, reader.count, reader.length, found[0], found[-1], rejected)
