"""A set of images -> an .imgc file for each partition, and their index.

`begin` plans the set, `compress_part` may run on any machine and be retried, and `end` completes
the archive.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from image_compressor.cluster import PACKAGE
from image_compressor.codec import inputs, refining, store
from image_compressor.codec.file.reader import Reader
from image_compressor.codec.guard import choosing, targets
from image_compressor.errors import InputError
from image_compressor.images.fitting import Scaled
from image_compressor.images.metadata import Metadata
from image_compressor.images.safe_names import has_stems, readable
from image_compressor.parallel import parallel_map
from image_compressor.sets import index, worker
from image_compressor.sets.finding import find
from image_compressor.sets.index import Part, Plan
from image_compressor.storage import Place, Unreachable


@dataclass(frozen=True)
class Job:
    """The input of a worker, apart from its partition.

    Attributes:
        source, output: addresses of a `Place`.
        codec: a directory or the name of a released codec; every worker must have the same one.
        plan: the plan of the whole set.
        skip: whether to leave out images that cannot be used.
        version: the version of this package, which every worker must have.
        note: a line for the user about files that were skipped or renamed, and about a codec that
            could not be kept; or "".
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
    fit: str | None = None,
    skip: bool = False,
    *,
    min_ssim: float | None = None,
    best: bool = False,
    guard: bool = True,
    embed: bool = False,
    metadata: bool = False,
    effort: int = 0,
) -> tuple[Job, list[dict[str, str]]]:
    """The job, and {name: path in the source} of the images in each partition.

    Args:
        source: a directory or address with images.
        output: the directory or address of the set.
        codec: a directory, or the name of a released codec.
        partitions: the number of .imgc files.
        fit: see `inputs.read`.
        skip: whether to leave out images that cannot be used.
        quality, min_ssim, best, guard, effort, embed: see `Codec.write`; the codec is in the set
            once.
        metadata: whether to keep that of the images' files, see `originals.read`.

    Raises InputError if there are no images, if the codec is invalid, and if `output` contains
    anything but an earlier run of the same job.
    """
    found, sizes = find(Place(source))
    facts = worker.facts(codec)
    loaded = worker.loaded(codec, facts)
    targets.check(quality=quality, min_ssim=min_ssim)
    quality = choosing.usual(loaded, min_ssim) if quality is None else quality
    loaded.tables(quality)
    choosing.choice(loaded, quality, min_ssim=min_ssim, best=best, guard=guard)
    refining.check(effort, loaded)
    inputs.check_fit(fit, tuple(loaded.networks.image_shape))
    version = facts.pop(PACKAGE)
    digest = index.digest(sizes)
    count, chosen = len(sizes), (min_ssim, best, guard, metadata, effort)
    plan = Plan(facts, quality, fit, count, digest, partitions, *chosen)
    ranges, paths = index.ranges(count, partitions), list(found.names.items())
    index.begin(Place(output), plan, has_stems(list(sizes)))
    if embed:
        Place(output).put(index.CODEC, loaded.packed)
    note = "; ".join(filter(None, (found.note(), store.keep(loaded.files))))
    job = Job(str(source), str(output), str(codec), plan, skip, version, note)
    return job, [dict(paths[part.start : part.stop]) for part in ranges]


def compress_part(job: Job, number: int, paths: dict[str, str]) -> Part:
    """Writes the file of a partition, unless it exists. `paths` comes from `begin`.

    Raises InputError if the codec, the version or the output differs on this worker, and for an
    image that cannot be used, unless the job skips such images.
    """
    codec = worker.loaded(job.codec, {PACKAGE: job.version, **job.plan.codec})
    output, name, names = Place(job.output), index.part_name(number), list(paths)
    worker.check_shared(output, index.INDEX)
    if output.exists(name):
        return _finished(job, codec, output, name, names)
    rejected: dict[str, str] = {}
    kept: dict[str, Metadata] = {}
    read = _reader(job, codec, paths, kept)

    def write(names):
        metadata = (kept[image] for image in names) if job.plan.metadata else None
        _write(job, codec, parallel_map(read, names, ahead=codec.ahead), name, names, metadata)

    try:
        write(names)
    except InputError as error:
        if not job.skip or isinstance(error, Unreachable):
            raise
        rejected = dict(inputs.unusable(read, zip(names, names, strict=True)))
        if len(rejected) in (0, len(names)):
            raise
        usable = [image for image in names if image not in rejected]
        write(usable)
    return _finished(job, codec, output, name, names, rejected)


def end(job: Job, parts: list[Part]) -> list[Part]:
    """Completes the set: from now on its files form one archive, a `Collection`."""
    index.end(Place(job.output), job.plan, parts)
    return parts


def _reader(job, codec, paths, kept) -> Callable[[str], np.ndarray | Scaled]:
    """A function that reads an image by its name, and adds its metadata to `kept`."""
    source, shape = Place(job.source), tuple(codec.networks.image_shape)

    def read(name):
        path = paths[name]
        content = Path(source.root, path) if source.local else source.read(path)
        image = inputs.read(content, shape, readable(path), job.plan.fit)
        if job.plan.metadata:
            kept[name] = inputs.metadata(content, readable(path))
        return image

    return read


def _write(job, codec, images, name, names, metadata):
    with Place(job.output).writing(name) as file:
        plan, quality = job.plan, job.plan.quality if job.plan.min_ssim is None else None
        codec.write(
            file,
            images,
            names,
            quality=quality,
            min_ssim=plan.min_ssim,
            best=plan.best,
            guard=plan.guard,
            effort=plan.effort,
            metadata=metadata,
        )


def _finished(job, codec, output, name, names, rejected=None) -> Part:
    """The facts of a finished file. Raises InputError if it does not belong to the partition."""
    with output.opened(name) as file:
        reader = Reader(file, len(names))
    header, found = reader.header, reader.header.names or ()
    kept, plan = set(found), job.plan
    quality = header.quality if plan.effort else plan.quality  # with effort, each file has its own
    if (
        (header.codec, header.quality) != (codec.identity, quality)
        or not found
        or not kept <= {*names}
    ):
        fix = "Remove it, or choose another output."
        raise InputError(f"{name} in {output} belongs to another set. {fix}")
    if rejected is None:
        rejected = {image: "left out before" for image in names if image not in kept}
    return Part(
        name=name,
        images=reader.count,
        bytes=reader.length,
        first=found[0],
        last=found[-1],
        rejected=rejected,
        raised=reader.raised,
        stored=len(reader.files),
        ssim=None if reader.measures is None else list(reader.measures),
    )
