"""index.json: what makes the .imgc files of a set one archive."""

import hashlib
import itertools
import json
from dataclasses import asdict, dataclass, field

import image_compressor.documents as documents
from image_compressor.codec.container import Reader
from image_compressor.errors import InputError
from image_compressor.storage import Place

INDEX, FORMAT = "index.json", 1


@dataclass(frozen=True)
class Plan:
    """What determines every byte of a set, but for the images' pixels.

    Attributes:
        codec: hex SHA-256 of each of its files.
        quality: 1 to 100.
        fit: were images brought to the codec's channels and size?
        images: how many were found.
        names: hex SHA-256 of their names and sizes in bytes.
        partitions: neighbours of each other in the order of their names, as equal as can be.
    """

    codec: dict[str, str]
    quality: int
    fit: bool
    images: int
    names: str
    partitions: int


@dataclass(frozen=True)
class Part:
    """One .imgc file: how many images it has, in how many bytes, from which name to which.

    `rejected` has those that could not be used, and why.
    """

    name: str
    images: int
    bytes: int
    first: str
    last: str
    rejected: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Index:
    """The file: its parts once all are there."""

    format: int
    plan: Plan
    parts: list[Part] | None


def part_name(number: int) -> str:
    return f"part-{number:05}.imgc"


def ranges(count: int, partitions: int) -> list[range]:
    """So many neighbours each, as equal as can be; all of them have some."""
    if not 1 <= partitions <= count:
        raise InputError(f"1 to {count} partitions, as many as images", partitions, "Change it.")
    bounds = [count * number // partitions for number in range(partitions + 1)]
    return [range(start, end) for start, end in itertools.pairwise(bounds)]


def digest(sizes: dict[str, int]) -> str:
    """Hex SHA-256 of names and sizes."""
    lines = "".join(f"{name}\0{size}\n" for name, size in sizes.items())
    return hashlib.sha256(lines.encode()).hexdigest()


def begin(place: Place, plan: Plan) -> None:
    """Writes what is planned, or goes on with the same plan.

    Raises InputError where files of something else, or of another plan, are there.
    """
    if not place.exists(INDEX):
        if not place.empty():
            raise InputError("a new or empty output", f"{place} with files", "Choose another.")
        _write(place, plan, None)
    earlier, now = asdict(_read(place)[0]), asdict(plan)
    other = [name for name in now if earlier[name] != now[name]]
    if other:
        raise InputError(
            "what is there to be of a run with the same " + ", ".join(other),
            f"{place} of one with " + ", ".join(_said(name, earlier[name]) for name in other),
            "Choose another output, remove that one, or give what it was given.",
        )


def _said(name, value):
    return f"{name} {value}" if isinstance(value, int) else f"other {name}"


def end(place: Place, plan: Plan, parts: list[Part]) -> None:
    """Writes that it is whole."""
    _write(place, plan, parts)


def read(place: Place) -> tuple[Plan, list[Part]]:
    """Raises InputError where there is no set, or one that is not finished."""
    plan, parts = _read(place)
    if parts is None:
        raise InputError(
            "a finished set of images",
            f"{place}, which is not",
            "Run what was to write it again: it goes on.",
        )
    return plan, parts


def names(part: Part, reader: Reader) -> tuple[str, ...]:
    """The names in a file. Raises InputError unless it is that of the part."""
    found = reader.header.names
    if (reader.count, reader.length) != (part.images, part.bytes) or found is None:
        named = "" if found else ", without names"
        raise InputError(
            f"{part.images} images in {part.bytes} bytes, and their names",
            f"{reader.count} in {reader.length}{named}, in {part.name}",
            "Get the whole set again.",
        )
    return found


def _write(place, plan, parts):
    with place.writing(INDEX) as file:
        file.write(json.dumps(asdict(_Index(FORMAT, plan, parts)), indent=1).encode())


def _read(place):
    what, content = f"an {INDEX} of a set of images in {place}", place.read(INDEX)
    index = documents.read(content, _Index, what, "Get the whole set again.")
    if index.format != FORMAT:
        raise InputError(f"format {FORMAT} of {INDEX}", index.format, "Use the release of its.")
    if index.parts is not None:
        _check(place, index.plan, index.parts)
    return index.plan, index.parts


def _check(place, plan, parts):
    """Raises InputError unless the parts are those that are planned, each once and in order."""
    planned = plan.partitions == len(parts)
    planned = planned and all(part.name == part_name(n) for n, part in enumerate(parts))
    counts = [count for part in parts for count in (part.images, part.bytes)]
    images = sum(part.images + len(part.rejected) for part in parts)
    if not planned or not parts or min(counts) < 1 or images != plan.images:
        raise InputError(
            f"The {INDEX} of {place} names {len(parts)} files with {images} images, which are not "
            f"the {plan.partitions} files with {plan.images} that it plans. Get the set again."
        )
