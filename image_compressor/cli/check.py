"""The command image-compressor check: decodes everything, and compares it with the originals."""

import argparse
import csv
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

import image_compressor.cli.sets as sets
from image_compressor.cli.compress import images_of
from image_compressor.cli.finding import collection_of, limits, of_file
from image_compressor.cli.streams import opened
from image_compressor.codec.archive import Archive
from image_compressor.codec.codec import Codec
from image_compressor.codec.file.reader import Reader
from image_compressor.codec.guard.floors import similarities
from image_compressor.errors import InputError, nearest
from image_compressor.images import colour_difference, decoding
from image_compressor.images.finding import find
from image_compressor.images.fitting import Policy
from image_compressor.images.perceived import ssimulacra2
from image_compressor.images.unusable import Unusable
from image_compressor.parallel import parallel_map

SHOWN = 10  # worst images in the table


@dataclass(frozen=True)
class Row:
    """A decoded image beside its original.

    Attributes:
        name: its name in the archive.
        ssim: its SSIM.
        psnr: in dB, at most 100.
        colour: the largest CIEDE2000 between the means of its 8x8 blocks.
        ssimulacra2: 90 is hard to tell from the original, 50 is low; None without its package.
    """

    name: str
    ssim: float
    psnr: float
    colour: float
    ssimulacra2: float | None


MEASURES = ("ssim", "psnr", "colour", "ssimulacra2")


def check(options: argparse.Namespace) -> None:
    """Decode every image of an .imgc file or a set, and compare it with its original."""
    with _opened(options) as (codec, archives):
        if options.against is None:
            count = sum(1 for archive in archives for _ in archive)
            print(f"{options.input}: {images_of(count)}, every checksum is right")
            return
        originals = _Originals(options.against, codec.policy.channels)
        pairs = (pair for archive in archives for pair in _named(archive, originals))
        rows = list(parallel_map(_row, pairs))
    if options.csv:
        table = csv.DictWriter(sys.stdout, Row.__annotations__, lineterminator="\n")
        table.writeheader()
        table.writerows(map(asdict, rows))
    elif options.json:
        print(json.dumps([asdict(row) for row in rows], indent=1))
    else:
        print("\n".join(_table(options.input, rows)))
    originals.check_all_seen()


@contextmanager
def _opened(options: argparse.Namespace) -> Iterator[tuple[Codec, Iterator[Archive]]]:
    """The codec that wrote a file or a set, and its archives."""
    if sets.is_set(options.input):
        with collection_of(options) as collection:
            yield collection.codec, map(collection.archive, range(len(collection.parts)))
    else:
        with opened(options.input) as file:
            codec = of_file(Reader(file, options.max_images), options)
            yield codec, iter([codec.open(file, **limits(options))])


class _Originals:
    """The images of a directory by name; or a single file, whatever the name."""

    def __init__(self, path: Path, channels: int):
        self.path, self.policy = path, Policy(channels)
        if not path.exists():
            raise InputError("an existing directory or image", path, "Name another.")
        names = find(path).names if path.is_dir() else {}
        self.files = {name: path / file for name, file in names.items()}
        self.left = set(self.files)

    def read(self, name: str) -> np.ndarray:
        """The original of an image. Raises InputError if there is none, or it is unusable."""
        file = self.files.get(name) if self.path.is_dir() else self.path
        if file is None:
            fix = nearest(name, list(self.files)[:10000])
            raise InputError(f"an original for each image below {self.path}", f"none: {name}", fix)
        self.left.discard(name)
        try:
            return self.policy.apply(decoding.read(file))
        except Unusable as error:
            raise InputError(f"The original {file} cannot be used: {error}.") from None

    def check_all_seen(self) -> None:
        """Raises InputError if the archive lacks some of them."""
        if self.left:
            some = ", ".join(sorted(self.left)[:SHOWN])
            more = f" and {len(self.left) - SHOWN} more" if len(self.left) > SHOWN else ""
            raise InputError(f"The archive has no image {some}{more}, which are in {self.path}.")


def _named(archive, originals):
    """(name, decoded image, function that reads its original) for each image."""
    names = archive.header.names
    if names is None and (len(archive) > 1 or originals.path.is_dir()):
        fix = "Its images have only numbers. Compress the directory, which stores names."
        raise InputError("an archive with names, to compare it with a directory", "none", fix)
    for name, image in zip(names or [originals.path.name], archive, strict=True):
        yield name, image, originals


def _row(item):
    name, image, originals = item
    original = originals.read(name)
    image = image.reshape(*image.shape[:2], -1)
    if image.shape != original.shape:
        sizes = "{1}x{0}, and its original {3}x{2}".format(*image.shape[:2], *original.shape[:2])
        raise InputError(f"{name} is {sizes}. Name the directory that was compressed.")
    pair = original[None], image[None]
    seen = ssimulacra2(original, image)
    error = np.square((original.astype(float) - image) / 255).mean()
    return Row(
        name=name,
        ssim=round(float(similarities(*pair)[0]), 4),
        psnr=round(float(10 * np.log10(1 / max(error, 1e-10))), 2),
        colour=round(float(colour_difference.largest(*pair)[0]), 2),
        ssimulacra2=None if seen is None else round(seen, 2),
    )


def _table(name: Any, rows: list[Row]) -> Iterator[str]:
    """Lines with the mean, the worse tail and the worst of each measure, and the worst images."""
    yield f"{name}: {images_of(len(rows))}, every checksum is right"
    yield f"{'':12}{'mean':>10}{'worst 5 %':>12}{'worst':>10}"
    for measure in MEASURES:
        values = [getattr(row, measure) for row in rows]
        if None in values:
            continue
        high = measure == "colour"  # where more is worse
        tail = np.percentile(values, 95 if high else 5)
        worst = max(values) if high else min(values)
        yield f"{measure:12}{np.mean(values):10.3f}{tail:12.3f}{worst:10.3f}"
    yield "worst by SSIM:"
    for row in sorted(rows, key=lambda row: row.ssim)[:SHOWN]:
        more = "" if row.ssimulacra2 is None else f", SSIMULACRA2 {row.ssimulacra2:.1f}"
        yield (
            f"  {row.name}: SSIM {row.ssim:.3f}, PSNR {row.psnr:.1f} dB, "
            f"colour {row.colour:.1f}{more}"
        )
