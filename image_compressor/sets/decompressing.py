"""A set of images as .imgc files -> image files, a partition at a time.

`begin` looks at it, `decompress_part` may run anywhere and again, `end` clears what they left.
"""

from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Unpack

from image_compressor.codec.archive import Limits
from image_compressor.errors import InputError
from image_compressor.images import image_files
from image_compressor.images.safe_names import file_names
from image_compressor.sets import index, worker
from image_compressor.sets.collection import Collection
from image_compressor.storage import Place

STARTED = ".decompressing"  # of what: until all is there


@dataclass(frozen=True)
class Job:
    """What the worker of a partition has to know.

    Attributes:
        source, output: addresses of a `Place`.
        codec: directory, or name of a released one.
        facts: of the codec, the same where the work is done.
        limits: as for `Archive`.
        key: of the set, kept in the output until all is there.
    """

    source: str
    output: str
    codec: str
    facts: dict[str, str]
    limits: Limits
    key: str


def begin(
    source: str | Path, output: str | Path, codec: str | Path, **limits: Unpack[Limits]
) -> tuple[Job, list[index.Part]]:
    """The job, and the partitions.

    Raises InputError where there is no finished set, where its first file is of another codec, and
    where `output` has other files than those of an earlier run that was stopped.
    """
    facts = worker.facts(codec)
    with Collection(worker.loaded(codec, facts), source, **limits) as collection:
        collection.archive(0)
    plan, parts = index.read(Place(source))
    key = sha256(repr((asdict(plan), [asdict(part) for part in parts])).encode()).hexdigest()
    place = Place(output)
    if place.exists(STARTED):
        if place.read(STARTED).decode() != key:
            received = f"{output} with parts of another"
            raise InputError("an output of the same set", received, "Remove it, or choose another.")
    elif not place.empty():
        raise InputError("a new or empty output", f"{output} with files", "Choose another.")
    else:
        with place.writing(STARTED) as file:
            file.write(key.encode())
    return Job(str(source), str(output), str(codec), facts, limits, key), parts


def decompress_part(job: Job, number: int) -> int:
    """Writes the images of a partition, unless they are all there, and returns how many.

    Raises InputError where codec, version or output are others here, and where `Archive` does.
    """
    output, done = Place(job.output), f"{STARTED}-{number}"
    worker.check_shared(output, STARTED)
    codec = worker.loaded(job.codec, job.facts)
    with Collection(codec, job.source, **job.limits) as collection:
        if not output.exists(done):
            archive = collection.archive(number)
            targets = file_names(archive.header.names or ())
            for name, image in zip(targets, archive, strict=True):
                output.put(name, image_files.encoded(image, name))
            output.put(done, b"")
        return collection.parts[number].images


def end(job: Job, partitions: int) -> None:
    """Once all are there nothing else is."""
    output = Place(job.output)
    for number in range(partitions):
        output.remove(f"{STARTED}-{number}")
    output.remove(STARTED)
