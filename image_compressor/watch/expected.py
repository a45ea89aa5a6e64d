"""Expectations of new images: inferred from the first look, and then changed only by hand.

It is a JSON file that belongs into git, so that a change of it is one that somebody decided.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import image_compressor.documents as documents
from image_compressor.errors import InputError
from image_compressor.files import replace_file
from image_compressor.watch import labels
from image_compressor.watch.look import Look

SLACK = 2  # times as small or as large as the images of the first look
LEAST = 0.05  # share that is always expected to be otherwise


@dataclass(frozen=True)
class Expected:
    """Expectations of the images of a look.

    Attributes:
        channels: numbers of channels: 1 for grey, 3 for colours.
        smallest, largest: [height, width] in pixels.
        otherwise: largest share of images with other channels or sizes.
        plain: largest share of images of a single colour.
        repeated: largest share of files with the content of another one.
        refused: largest share of files that the codec cannot take.
        labels: the mean small image of each label, see `labels.means`; {} if there are none.

    Raises InputError for sizes of other than two numbers, shares beyond 0..1 and labels of other
    than 64 numbers.
    """

    channels: list[int]
    smallest: list[int]
    largest: list[int]
    otherwise: float
    plain: float
    repeated: float
    refused: float
    labels: dict[str, list[int]] = field(default_factory=dict)

    def __post_init__(self):
        pairs = len(self.smallest) == len(self.largest) == 2
        shares = (self.otherwise, self.plain, self.repeated, self.refused)
        if not pairs or not all(0 <= share <= 1 for share in shares):
            raise InputError("[height, width] as sizes and shares from 0 to 1", self, "Correct it.")
        for name, mean in self.labels.items():
            if len(mean) != labels.SIDE**2:
                wanted = f"{labels.SIDE**2} numbers for the label {name}"
                raise InputError(wanted, len(mean), "Correct it, or leave the label out.")


def infer(look: Look) -> Expected:
    """Takes the images of a look as they are, with some slack. Raises InputError without any."""
    if not look.images:
        name, reason = next(iter(look.refused.items()))
        raise InputError(f"None of {len(look)} files can be used, such as {name}: {reason}.")
    heights, widths, channels = zip(*(image.shape for image in look.images), strict=True)
    sizes = heights, widths
    one_size = all(len(set(each)) == 1 for each in sizes)
    slack = 1 if one_size else SLACK
    return Expected(
        channels=sorted(set(channels)),
        smallest=[max(1, min(each) // slack) for each in sizes],
        largest=[max(each) * slack for each in sizes],
        otherwise=LEAST,
        plain=_share(sum(image.plain for image in look.images), look),
        repeated=_share(look.repeated, look),
        refused=_share(len(look.refused), look),
        labels=labels.means(_labels(look), _smalls(look)),
    )


def problems(look: Look, expected: Expected) -> Iterator[str]:
    """Yields a sentence for each expectation that the images break."""
    plain = [image.name for image in look.images if image.plain]
    other = [image for image in look.images if not _fits(image.shape, expected)]
    unknown = [
        each.name for each in look.images if expected.labels and each.label not in expected.labels
    ]
    found = {
        "cannot be used": (len(look.refused), expected.refused, _first(look.refused.items())),
        "have a single colour": (len(plain), expected.plain, plain[:1]),
        "repeat another file": (look.repeated, expected.repeated, []),
        "have a label that is not expected": (len(unknown), 0, unknown[:1]),
        f"are not of the sizes from {_text(expected.smallest)} to {_text(expected.largest)} with "
        f"{' or '.join(map(str, expected.channels))} channels": (
            len(other),
            expected.otherwise,
            [f"{image.name} of {_text(image.shape)}" for image in other[:1]],
        ),
    }
    if len(look) and not look.images:
        yield "No image can be used."
    for what, (count, most, examples) in found.items():
        if count > most * len(look):
            such = "".join(f", such as {example}" for example in examples)
            yield (
                f"{count} of {len(look)} images {what}{such} (expected: at most {100 * most:g} %)."
            )
    for one, like in labels.swapped(_labels(look), _smalls(look), expected.labels):
        yield f"Images with the label {one} look like those with {like}: labels may be swapped."


def read(path: Path) -> Expected:
    """Reads the output of `save`. Raises InputError if it is malformed."""
    fix = "Correct it, or remove it: the next look writes one."
    return documents.read(path.read_bytes(), Expected, f"expectations in {path}", fix)


def save(expected: Expected, path: Path) -> None:
    """Writes a JSON file, one line for each expectation."""
    lines = ",\n".join(f'  "{name}": {json.dumps(v)}' for name, v in asdict(expected).items())
    with replace_file(path, force=True) as file:
        file.write(f"{{\n{lines}\n}}\n".encode())


def _labels(look):
    return [image.label for image in look.images]


def _smalls(look):
    return [image.small for image in look.images]


def _share(count, look):
    return max(LEAST, round(SLACK * count / len(look), 3))


def _fits(shape, expected):
    *size, channels = shape
    ends = zip(expected.smallest, size, expected.largest, strict=True)
    return channels in expected.channels and all(low <= s <= high for low, s, high in ends)


def _first(items):
    return [f"{name}: {reason}" for name, reason in [*items][:1]]


def _text(shape):
    height, width, *_ = shape
    return f"{width}x{height}"
