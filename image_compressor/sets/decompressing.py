"""A set of images as .imgc files -> image files, one partition at a time.

`begin` checks the set, `decompress_part` may run on any machine and be retried, and `end` removes
the marks of progress.
"""

from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Unpack

from image_compressor.codec.archive import Limits
from image_compressor.errors import InputError
from image_compressor.images import image_files
from image_compressor.images.metadata import Metadata
from image_compressor.images.safe_names import file_names
from image_compressor.sets import index, worker
from image_compressor.sets.collection import Collection
from image_compressor.storage import Place

STARTED = ".decompressing"  # holds the key of the set, until all images are written


@dataclass(frozen=True)
class Job:
    """The input of a worker, apart from its partition.

    Attributes:
        source, output: addresses of a `Place`.
        codec: a directory or the name of a released codec; None to find it on each worker.
        facts: the facts of codec and package, which must be the same on every worker.
        limits: see `Archive`.
        key: identifies the set, and is kept in the output until all images are written.
    """

    source: str
    output: str
    codec: str | None
    facts: dict[str, str]
    limits: Limits
    key: str


def begin(
    source: str | Path, output: str | Path, codec: str | Path | None, **limits: Unpack[Limits]
) -> tuple[Job, list[index.Part]]:
    """The job, and the partitions.

    Args:
        codec: see `Job`.
        limits: see `Archive`.

    Raises InputError if there is no finished set, if another codec wrote it, and if `output`
    contains anything but an interrupted run of the same job.
    """
    facts = worker.facts(codec)
    with Collection(worker.loaded(codec, facts), source, **limits) as collection:
        collection.archive(0)
    plan, parts = index.read(Place(source))
    key = sha256(repr((asdict(plan), [asdict(part) for part in parts])).encode()).hexdigest()
    place = Place(output)
    if place.exists(STARTED):
        if place.read(STARTED).decode() != key:
            fix = "Remove them, or choose another output."
            raise InputError(f"{output} contains images of another set. {fix}")
    elif not place.empty():
        raise InputError(f"{output} contains files. Choose a new or empty output.")
    else:
        with place.writing(STARTED) as file:
            file.write(key.encode())
    named = None if codec is None else str(codec)
    return Job(str(source), str(output), named, facts, limits, key), parts


def decompress_part(job: Job, number: int) -> int:
    """Writes the images of a partition, unless that is done, and returns their number.

    Raises InputError if the codec, the version or the output differs on this worker, and for the
    same reasons as `Archive`.
    """
    output, done = Place(job.output), f"{STARTED}-{number}"
    worker.check_shared(output, STARTED)
    codec = worker.loaded(job.codec, job.facts)
    with Collection(codec, job.source, **job.limits) as collection:
        if not output.exists(done):
            archive = collection.archive(number)
            stems = index.has_stems(Place(job.source))
            targets = file_names(archive.header.names or (), whole=stems)
            metadata = archive.metadata() or [Metadata()] * len(archive)
            for name, image, kept in zip(targets, archive, metadata, strict=True):
                output.put(name, image_files.encoded(image, name, kept))
                if output.local:
                    image_files.set_time(Path(output.root, name), kept)
            output.put(done, b"")
        return collection.parts[number].images


def end(job: Job, partitions: int) -> None:
    """Removes the marks of progress, once all images are written."""
    output = Place(job.output)
    for number in range(partitions):
        output.remove(f"{STARTED}-{number}")
    output.remove(STARTED)
