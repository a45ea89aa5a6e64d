"""Compares codecs for photographs of any size with classical ones, a file each, by every measure.

python -m benchmarks.measure.photos DIR --every 4 --codec photo photo-2

Prints each curve, then the BD-rates of each codec against each rival: by SSIM, MS-SSIM, PSNR and
SSIMULACRA2, with the interval in which they lie for 95 % of other photographs of the kind (see
evaluation.each). SSIMULACRA2 takes seconds a megapixel; --without-ssimulacra2 leaves it out.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from image_compressor.codec.codec import Codec
from image_compressor.errors import InputError
from image_compressor.evaluation import curves, each, rivals
from image_compressor.images import colour_difference, decoding, perceived
from image_compressor.images.finding import find
from image_compressor.images.fitting import Policy
from image_compressor.images.similarity import SMALLEST, ms_ssim, ssim
from image_compressor.images.unusable import Unusable
from image_compressor.parallel import parallel_map

RIVALS, POINTS = ("jpeg", "webp", "jpeg-xl", "avif"), 12
QUALITIES = range(1, 101, 9)
MEASURES = ("ssim", "ms_ssim", "psnr", "ssimulacra2")
SEEN = (0.15, 0.25, 0.35, 0.5)  # bits a pixel at which SSIMULACRA2 is printed


@dataclass(frozen=True)
class Table:
    """Measures of each photograph at each setting of a codec: float [settings, photographs].

    Attributes:
        settings: the settings.
        bpp: bits a pixel.
        values: the MEASURES, and `colour`, the largest CIEDE2000 between the means of 8x8 pixels.
    """

    settings: Sequence[float]
    bpp: np.ndarray
    values: dict[str, np.ndarray]

    def curve(self, measure: str, numbers: np.ndarray | slice = slice(None)) -> list[Any]:
        """The points of a curve over the photographs with these numbers, for `curves.bd_rate`."""
        columns = (self.bpp[:, numbers].mean(axis=1), self.values[measure][:, numbers].mean(axis=1))
        rows = zip(*columns, strict=True)
        return [SimpleNamespace(bytes_per_image=bpp, **{measure: value}) for bpp, value in rows]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("directory", type=Path, help="directory of photographs")
    parser.add_argument("--codec", nargs="+", default=["photo"])
    parser.add_argument("--every", type=int, default=1, help="measure only every Nth photograph")
    parser.add_argument("--without-ssimulacra2", action="store_true")
    options = parser.parse_args()
    try:
        codecs = {name: Codec.load(name) for name in options.codec}
        policy = Policy(3)
        pictures = [policy.apply(each) for each in photographs(options.directory, options.every)]
        measure(pictures, codecs, not options.without_ssimulacra2)
    except InputError as error:
        sys.exit(str(error))


def photographs(directory: Path, every: int = 1) -> Iterator[np.ndarray]:
    """Yields every Nth photograph below a directory, uint8 [H, W, 1 or 3]."""
    return (photograph for _, photograph in named(directory, every))


def named(directory: Path, every: int = 1) -> Iterator[tuple[str, np.ndarray]]:
    """Yields the name, too, of every Nth photograph below a directory."""
    names = [*find(directory).names.values()] if directory.is_dir() else []
    if not names:
        fix = "Name one that exists and has pictures."
        raise InputError("a directory of photographs", directory, fix)
    for name in names[::every]:
        try:
            yield name, decoding.read(directory / name)
        except Unusable as error:
            raise InputError(f"{name} is not a usable photograph ({error}). Remove it.") from None


def measure(pictures: list[np.ndarray], codecs: dict[str, Codec], seen: bool) -> None:
    """Prints the curves and the BD-rates over whole photographs, one file each."""
    print(f"{len(pictures)} photographs")
    tables = {}
    for name in RIVALS:
        tables[name] = of_rival(name, pictures, seen)
        show(name, tables[name])
    for name, codec in codecs.items():
        tables[name] = of_codec(codec, pictures, seen)
        show(name, tables[name])
    for name in codecs:
        for rival in RIVALS:
            print(f"{name} against {rival:8}", *bd_rates(tables[rival], tables[name]), sep="  ")
    if seen:
        for bpp in SEEN:
            print(f"SSIMULACRA2 at {bpp} bits a pixel:", *scores(tables, bpp), sep="  ")


def of_rival(name: str, pictures: list[np.ndarray], seen: bool = False) -> Table:
    """Measures a rival at settings over its whole range."""
    settings = np.linspace(*rivals.RIVALS[name].settings, POINTS).round(1).tolist()
    return table(partial(classical, name), settings, pictures, seen)


def of_codec(codec: Codec, pictures: list[np.ndarray], seen: bool = False) -> Table:
    """Measures a codec of ours, without its guard, at qualities over the whole range."""
    return table(partial(learned, codec), QUALITIES, pictures, seen)


def classical(name: str, setting: float, picture: np.ndarray) -> tuple[int, np.ndarray]:
    """(bytes, the decoded picture) of a rival."""
    sizes, decoded = rivals.there_and_back(name, picture[None], setting)
    return int(sizes[0]), decoded[0]


def learned(codec: Codec, quality: float, picture: np.ndarray) -> tuple[int, np.ndarray]:
    """(bytes, the decoded picture) of a codec of ours, without its guard."""
    data = codec.compress(picture[None], quality=int(quality), guard=False)
    return len(data), codec.decompress(data)[0]


def table(
    there_and_back: Callable, settings: Sequence[float], pictures: list[np.ndarray], seen: bool
) -> Table:
    """Measures each picture at each setting."""
    pairs = [(setting, picture) for setting in settings for picture in pictures]

    def row(pair):
        size, decoded = there_and_back(*pair)
        return 8 * size / pair[1][..., 0].size, *distortion(pair[1], decoded, seen)

    columns = np.array([*parallel_map(row, pairs)], float).T
    bpp, *values = columns.reshape(-1, len(settings), len(pictures))
    return Table(settings, bpp, dict(zip((*MEASURES, "colour"), values, strict=True)))


def distortion(x: np.ndarray, y: np.ndarray, seen: bool) -> tuple[float, ...]:
    """The MEASURES and the difference of colours of a decoded picture; NaN if not measured."""
    error = np.square((x.astype(float) - y) / 255).mean()
    large = min(x.shape[:2]) >= SMALLEST
    score = perceived.ssimulacra2(x, y) if seen else None
    return (
        float(ssim(x[None], y[None])[0]),
        float(ms_ssim(x[None], y[None])[0]) if large else np.nan,
        float(10 * np.log10(1 / max(error, 1e-10))),
        np.nan if score is None else score,
        float(colour_difference.largest(x[None], y[None])[0]),
    )


def show(name: str, found: Table) -> None:
    """Prints the means of a codec's measures at each setting, and its worst colour."""
    means = {measure: values.mean(axis=1) for measure, values in found.values.items()}
    for row, setting in enumerate(found.settings):
        print(
            f"{name:8} {setting:5.1f}: {found.bpp[row].mean():.3f} bpp, "
            f"SSIM {means['ssim'][row]:.4f}, MS-SSIM {means['ms_ssim'][row]:.4f}, "
            f"PSNR {means['psnr'][row]:.2f} dB, SSIMULACRA2 {means['ssimulacra2'][row]:.1f}, "
            f"colour {means['colour'][row]:.1f}, at worst {found.values['colour'][row].max():.0f}",
            flush=True,
        )


def bd_rates(rival: Table, ours: Table) -> Iterator[str]:
    """The BD-rate by each measure, with its interval."""
    for measure in MEASURES:
        if np.isnan(rival.values[measure]).any():
            continue
        rate, *drawn = (
            curves.bd_rate(rival.curve(measure, numbers), ours.curve(measure, numbers), measure)
            for numbers in (slice(None), *each.draws(rival.bpp.shape[1]))
        )
        found = [value for value in drawn if value is not None]
        low, high = each.within(found) if found else (np.nan, np.nan)
        shown = "none in common" if rate is None else f"{rate:+.0f} % ({low:+.0f} to {high:+.0f})"
        yield f"{measure} {shown}"


def scores(tables: dict[str, Table], bpp: float) -> Iterator[str]:
    """The mean SSIMULACRA2 of each codec at a number of bits a pixel, between its settings."""
    for name, found in tables.items():
        sizes, values = found.bpp.mean(axis=1), found.values["ssimulacra2"].mean(axis=1)
        order = np.argsort(sizes)
        inside = sizes.min() <= bpp <= sizes.max()
        score = f"{np.interp(bpp, sizes[order], values[order]):.1f}" if inside else "-"
        yield f"{name} {score}"


if __name__ == "__main__":
    main()
