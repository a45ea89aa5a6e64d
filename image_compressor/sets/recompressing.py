"""A set of one codec -> a set of another, one .imgc file at a time.

`begin` plans the new set, `recompress_part` may run on any machine and be retried, and `end`
completes the set.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from image_compressor.cluster import PACKAGE
from image_compressor.codec import refining, store
from image_compressor.codec.file.reader import Reader
from image_compressor.codec.guard import choosing
from image_compressor.codec.recompressing import check_max_loss, recompress
from image_compressor.errors import InputError
from image_compressor.sets import index, worker
from image_compressor.sets.collection import Collection
from image_compressor.sets.index import Part, Plan
from image_compressor.storage import Place


@dataclass(frozen=True)
class Job:
    """The input of a worker, apart from its part.

    Attributes:
        source, output: addresses of a `Place`.
        codec: the new codec: a directory, or the name of a released one.
        old: the old codec; None to find it on each worker.
        plan: the plan of the new set.
        max_loss: see `codec.recompressing`.
        version: the version of this package, which every worker must have.
        note: a warning about a codec that could not be kept, or "".
    """

    source: str
    output: str
    codec: str
    old: str | None
    plan: Plan
    max_loss: float
    version: str
    note: str


def begin(
    source: str | Path,
    output: str | Path,
    codec: str | Path,
    max_loss: float,
    old: str | Path | None = None,
    effort: int = 0,
) -> tuple[Job, list[Part]]:
    """The job, and the parts of the old set.

    Raises InputError if there is no finished set, or if `output` contains anything but an earlier
    run of the same job.
    """
    check_max_loss(max_loss)
    plan, parts = index.read(Place(source))
    facts = worker.facts(codec)
    loaded = worker.loaded(codec, facts)
    version, least = facts.pop(PACKAGE), 1 - max_loss
    quality = choosing.usual(loaded, least)
    refining.check(effort, loaded)
    new = replace(
        plan,
        codec=facts,
        quality=quality,
        fit=None if loaded.any_size else plan.fit,
        min_ssim=least,
        best=False,
        guard=True,
        effort=effort,
    )
    index.begin(Place(output), new, index.has_stems(Place(source)))
    named, note = None if old is None else str(old), store.keep(loaded.files)
    return Job(str(source), str(output), str(codec), named, new, max_loss, version, note), parts


def recompress_part(job: Job, number: int, old: Part) -> Part:
    """Writes a file of the new set, unless it exists.

    Raises InputError if the codec, the version or the output differs on this worker, and for the
    same reasons as `recompress`.
    """
    codec = worker.loaded(job.codec, {PACKAGE: job.version, **job.plan.codec})
    output = Place(job.output)
    worker.check_shared(output, index.INDEX)
    old_codec = None if job.old is None else worker.loaded(job.old, {})
    if not output.exists(old.name):
        with (
            Collection(old_codec, job.source) as collection,
            output.writing(old.name) as file,
        ):
            recompress(collection.archive(number), codec, file, job.max_loss, job.plan.effort)
    with output.opened(old.name) as file:
        reader = Reader(file, old.images)
    names = reader.header.names or ("",)
    if (reader.count, names[0], names[-1]) != (old.images, old.first, old.last):
        fix = "Remove it, or choose another output."
        raise InputError(f"{old.name} in {output} belongs to another set. {fix}")
    return replace(
        old, bytes=reader.length, raised=reader.raised, stored=len(reader.files), ssim=None
    )


def end(job: Job, parts: list[Part]) -> list[Part]:
    """Completes the new set."""
    index.end(Place(job.output), job.plan, parts)
    return parts
