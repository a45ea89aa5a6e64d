"""Runs the commands for a set of images in many .imgc files."""

import argparse
import functools
from collections.abc import Iterator
from pathlib import Path

from tqdm import tqdm

from image_compressor import files
from image_compressor.cli.finding import collection_of, limits
from image_compressor.cli.streams import warning
from image_compressor.codec.file.reader import Reader
from image_compressor.codec.file.sections import SCALES
from image_compressor.errors import InputError
from image_compressor.images import image_files
from image_compressor.images.formats import is_image
from image_compressor.images.metadata import Metadata
from image_compressor.sets import compressing, decompressing, index, processes, recompressing
from image_compressor.storage import Place

_progress = functools.partial(tqdm, unit="part", delay=1, disable=None)


def is_set(address: str | Path) -> bool:
    """Whether there is a set at this address, finished or not."""
    if "://" not in str(address) and not Path(address).is_dir():
        return False
    return Place(address).exists(index.INDEX)


def compress(options: argparse.Namespace) -> None:
    """Compresses a directory to an .imgc file for each partition, and their index."""
    _check_none(options, "target_ssim", "target_bytes", "force", "dry_run")
    if len(options.input) > 1:
        fix = "Name a directory that contains them all."
        raise InputError("one directory or address for a set", len(options.input), fix)
    job, paths = compressing.begin(
        options.input[0],
        options.output,
        options.codec,
        options.partitions,
        options.quality,
        options.fit,
        options.skip,
        min_ssim=options.min_ssim,
        best=options.best,
        guard=options.guard,
        effort=options.effort,
        embed=options.embed,
        metadata=options.metadata,
    )
    items = [(job, number, part) for number, part in enumerate(paths)]
    parts = processes.run(
        compressing.compress_part, items, functools.partial(_progress, total=len(items))
    )
    print(summary(job, compressing.end(job, parts)))
    raised, stored, _ = _guarded(parts)
    count = sum(part.images for part in parts)
    chosen = options.best or options.min_ssim is not None  # then a higher quality is no fault
    warned = warning(count, 0 if chosen else raised, 0 if options.best else stored)
    if warned:
        print(warned)


def summary(job: compressing.Job, parts: list[index.Part]) -> str:
    """A line about the set that was written."""
    count, size, rejected = _totals(parts)
    left_out = f", {rejected} left out: see {index.INDEX}" if rejected else ""
    each = f"{size:,} bytes, {size / count:,.1f} an image"
    raised, stored, ssim = _guarded(parts)
    if ssim:
        each += f", SSIM at least {ssim['worst']:.3f}"
    guarded = f", {raised} raised, {stored} stored as files" if raised or stored else ""
    note = f"; {job.note}" if job.note else ""
    return f"{job.output}: {count:,} images in {len(parts)} files, {each}{guarded}{left_out}{note}"


def decompress(options: argparse.Namespace) -> None:
    """Decompresses a set, or some of its images, to image files."""
    (_decompress_some if options.only else _decompress_all)(options)


def _decompress_all(options):
    _check_none(options, "force")
    with collection_of(options):
        pass  # fetches the codec, if it is allowed and needed
    job, parts = decompressing.begin(
        options.input, options.output, options.codec, **limits(options)
    )
    items = [(job, number) for number in range(len(parts))]
    shown = functools.partial(_progress, total=len(items))
    count = sum(processes.run(decompressing.decompress_part, items, shown))
    decompressing.end(job, len(parts))
    fit = index.read(Place(options.input))[0].fit
    scaled = f", scaled back to their own sizes (--fit {fit})" if fit in SCALES else ""
    print(f"{job.output}: {count:,} images{scaled}")


def _decompress_some(options):
    output, only = Path(options.output), options.only
    with collection_of(options) as collection:
        pictures = [collection[name] for name in only]
        metadata = [collection.metadata(name) or Metadata() for name in only]
    inputs = [*Path(options.input).glob("*")]
    files.check_apart(output, inputs)
    if is_image(output.name):
        image_files.check_image(output, len(pictures), options.force)
        image_files.write(output, pictures[0], options.force, metadata[0])
    else:
        force = options.force
        image_files.write_directory(output, only, pictures, force, inputs, metadata=metadata)
    print(f"{output}: {len(pictures):,} images")


def recompress(options: argparse.Namespace) -> None:
    """Compresses the files of a set again, with another codec."""
    _check_none(options, "force")
    with collection_of(options):
        pass  # fetches the codec, if it is allowed and needed
    job, parts = recompressing.begin(
        options.input,
        options.output,
        options.new,
        options.max_loss,
        options.codec,
        options.effort,
    )
    items = [(job, number, part) for number, part in enumerate(parts)]
    shown = functools.partial(_progress, total=len(items))
    new = recompressing.end(job, processes.run(recompressing.recompress_part, items, shown))
    print(recompressed(job, parts, new))


def recompressed(job: recompressing.Job, old: list[index.Part], new: list[index.Part]) -> str:
    """A line about a set that was recompressed."""
    (_, before, _), (count, size, _) = _totals(old), _totals(new)
    change = f"before {before:,} ({size / before - 1:+.1%})"
    note = f"; {job.note}" if job.note else ""
    return f"{job.output}: {count:,} images in {len(new)} files, {size:,} bytes, {change}{note}"


def _check_none(options, *names):
    for name in names:
        if getattr(options, name):
            flag = f"--{name.replace('_', '-')}"
            raise InputError(f"{flag} does not apply to a set of files. Leave it out.")


def names(address: str | Path, max_images: int | None = None) -> Iterator[str]:
    """The names of the images of a set, in order."""
    for part, reader in readers(address, max_images):
        yield from index.names(part, reader)


def readers(
    address: str | Path, max_images: int | None = None
) -> Iterator[tuple[index.Part, Reader]]:
    """(part, the Reader of its file) for each file of a set."""
    place = Place(address)
    for part in index.read(place)[1]:
        with place.opened(part.name) as file:
            yield part, Reader(file, max_images)


def info(address: str | Path) -> dict[str, object]:
    """The facts in the index of a set, and those that all of its files share."""
    place = Place(address)
    plan, parts = index.read(place)
    count, size, rejected = _totals(parts)
    raised, stored, ssim = _guarded(parts)
    with place.opened(parts[0].name) as file:
        header = Reader(file).header
    return {
        "images": count,
        "height": header.shape[0] or "any",
        "width": header.shape[1] or "any",
        "channels": header.shape[2],
        "codec": header.codec.hex(),
        "fit": plan.fit or None,
        "files": len(parts),
        "quality": plan.quality,
        "bytes": size,
        "bytes_per_image": round(size / count, 2),
        "left_out": rejected,
        "embedded": place.exists(index.CODEC),
        "metadata": plan.metadata,
        "raised": raised,
        "stored_as_files": stored,
        **{f"ssim_{name}": value for name, value in ssim.items()},
    }


def _guarded(parts):
    """(images raised, images stored as files, {mean, worst} of SSIM if all parts state it)."""
    raised, stored = (sum(getattr(part, name) for part in parts) for name in ("raised", "stored"))
    if not all(part.ssim for part in parts):
        return raised, stored, {}
    mean = sum(part.images * part.ssim[0] for part in parts) / sum(part.images for part in parts)
    return raised, stored, {"mean": round(mean, 4), "worst": min(part.ssim[2] for part in parts)}


def _totals(parts):
    """(images, bytes, images left out)."""
    each = [(part.images, part.bytes, len(part.rejected)) for part in parts]
    return map(sum, zip(*each, strict=True))
