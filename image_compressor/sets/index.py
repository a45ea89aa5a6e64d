"""The file index.json, which joins the .imgc files of a set into one archive."""

import hashlib
import itertools
import json
from dataclasses import asdict, dataclass, field

import image_compressor.documents as documents
from image_compressor.codec.file.reader import Reader
from image_compressor.errors import InputError
from image_compressor.storage import Place

INDEX, FORMAT = "index.json", 1
CODEC = "codec.embedded"  # the codec, if the set contains it: see `codec.embedded`


@dataclass(frozen=True)
class Plan:
    """Everything that determines the bytes of a set, except the images' pixels.

    Attributes:
        codec: {file: hex SHA-256} of the codec.
        quality: 1 to 100.
        fit: how images are fitted to the codec, see `inputs.read`; None if they are not.
        images: the number of images found.
        names: the hex SHA-256 of their names and sizes in bytes.
        partitions: the number of partitions: ranges of the sorted names, as equal as possible.
        min_ssim, best, guard: see `Codec.write`.
        metadata: whether that of the images' files is kept.
        effort: see `Codec.write`.
    """

    codec: dict[str, str]
    quality: int
    fit: str | bool | None  # a bool in sets of version 0.2
    images: int
    names: str
    partitions: int
    min_ssim: float | None = None
    best: bool = False
    guard: bool = True
    metadata: bool = False
    effort: int = 0


@dataclass(frozen=True)
class Part:
    """An .imgc file of a set.

    Attributes:
        name: the file's name.
        images: the number of its images.
        bytes: its size.
        first, last: the first and last of its names.
        rejected: {name: reason} of the images that could not be used.
        raised, stored: the number of images with a higher quality, and stored as files.
        ssim: (mean, 5th percentile, minimum), if the file states it.
    """

    name: str
    images: int
    bytes: int
    first: str
    last: str
    rejected: dict[str, str] = field(default_factory=dict)
    raised: int = 0
    stored: int = 0
    ssim: list[float] | None = None


@dataclass(frozen=True)
class _Index:
    """The content of the file.

    Attributes:
        parts: None until all of them are written.
        stems: whether all images can be decoded to files with the stems of their names.
    """

    format: int
    plan: Plan
    parts: list[Part] | None
    stems: bool = False


def part_name(number: int) -> str:
    return f"part-{number:05}.imgc"


def ranges(count: int, partitions: int) -> list[range]:
    """Consecutive non-empty ranges of `count` items, as equal as possible."""
    if not 1 <= partitions <= count:
        fix = f"There are {count} images: choose at most as many partitions."
        raise InputError(f"1 to {count} partitions", partitions, fix)
    bounds = [count * number // partitions for number in range(partitions + 1)]
    return [range(start, end) for start, end in itertools.pairwise(bounds)]


def digest(sizes: dict[str, int]) -> str:
    """The hex SHA-256 of names and sizes."""
    lines = "".join(f"{name}\0{size}\n" for name, size in sizes.items())
    return hashlib.sha256(lines.encode()).hexdigest()


def begin(place: Place, plan: Plan, stems: bool) -> None:
    """Writes the plan, or resumes a run with the same plan.

    Args:
        stems: see `has_stems`.

    Raises InputError if the output contains other files, or a run with another plan.
    """
    if not place.exists(INDEX):
        if not place.empty():
            raise InputError(f"{place} contains files. Choose a new or empty output.")
        _write(place, _Index(FORMAT, plan, None, stems))
    earlier, now = asdict(_read(place).plan), asdict(plan)
    earlier["fit"] = earlier["fit"] or None
    other = [_described(name, earlier[name]) for name in now if earlier[name] != now[name]]
    if other:
        raise InputError(
            f"{place} was written with {', '.join(dict.fromkeys(other))}. "
            "Use the same again, or choose another output."
        )


def _described(name, value):
    if name == "fit":
        return f"--fit {value}" if value else "no --fit"
    if name in ("quality", "partitions", "effort"):
        return f"--{name} {value}"
    if name == "min_ssim":
        return "no --min-ssim" if value is None else f"--min-ssim {value}"
    if name in ("best", "guard", "metadata"):
        return f"{'' if value else 'no '}{name}"
    return "another codec" if name == "codec" else "other images"


def end(place: Place, plan: Plan, parts: list[Part]) -> None:
    """Writes the parts, which marks the set as finished."""
    _write(place, _Index(FORMAT, plan, parts, _read(place).stems))


def has_stems(place: Place) -> bool:
    """Whether all images of a set can be decoded to files with the stems of their names."""
    return _read(place).stems


def read(place: Place) -> tuple[Plan, list[Part]]:
    """The plan and the parts of a set. Raises InputError if there is no finished set."""
    found = _read(place)
    if found.parts is None:
        fix = "Run the command that writes it again: it resumes."
        raise InputError(f"The set {place} is not finished. {fix}")
    return found.plan, found.parts


def names(part: Part, reader: Reader) -> tuple[str, ...]:
    """The names in a file of a set. Raises InputError if it is not the file of this part."""
    found = reader.header.names
    if (reader.count, reader.length) != (part.images, part.bytes) or found is None:
        named = "" if found else " without names"
        raise InputError(
            f"{part.name} with {part.images} named images in {part.bytes} bytes",
            f"{reader.count} images{named} in {reader.length} bytes",
            "Get the whole set again.",
        )
    return found


def _write(place, content):
    with place.writing(INDEX) as file:
        file.write(json.dumps(asdict(content), indent=1).encode())


def _read(place) -> _Index:
    what, content = f"the {INDEX} of a set of images in {place}", place.read(INDEX)
    index = documents.read(content, _Index, what, "Get the whole set again.")
    if index.format != FORMAT:
        fix = "Use the release of this package that wrote it."
        raise InputError(f"format {FORMAT} of {INDEX}", index.format, fix)
    if index.parts is not None:
        _check(place, index.plan, index.parts)
    return index


def _check(place, plan, parts):
    """Raises InputError unless the parts are exactly the planned ones, in order."""
    planned = plan.partitions == len(parts)
    planned = planned and all(part.name == part_name(n) for n, part in enumerate(parts))
    counts = [count for part in parts for count in (part.images, part.bytes)]
    images = sum(part.images + len(part.rejected) for part in parts)
    if not planned or not parts or min(counts) < 1 or images != plan.images:
        raise InputError(
            f"The {INDEX} of {place} lists {len(parts)} files with {images} images, but plans "
            f"{plan.partitions} files with {plan.images} images. Get the set again."
        )
