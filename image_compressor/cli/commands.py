"""Runs the commands of image-compressor with their options."""

import argparse
import json
import sys
from collections.abc import Iterable
from functools import partial

import image_compressor.cli.sets as sets
from image_compressor import files
from image_compressor.cli.compress import compress_file, images_of, progress
from image_compressor.cli.finding import limits, of_file
from image_compressor.cli.metadata import show_metadata
from image_compressor.cli.streams import STANDARD, local, opened, say, standard_output
from image_compressor.codec.archive import Archive
from image_compressor.codec.file.reader import Reader
from image_compressor.file_kinds import is_stream
from image_compressor.images import image_files
from image_compressor.images.formats import is_image


def compress(options: argparse.Namespace) -> None:
    """Compress images to an .imgc file, or a directory of them to a set of files."""
    (compress_file if options.partitions is None else sets.compress)(options)


def decompress(options: argparse.Namespace) -> None:
    """Decompress an .imgc file or a set to an image file, a directory or a .npy stack."""
    (sets.decompress if sets.is_set(options.input) else _decompress_file)(options)


def _decompress_file(options):
    output, force = standard_output(options.output), options.force
    given = [] if options.input == STANDARD else [local(options.input)]
    files.check_apart(output, given)
    with opened(options.input) as file:
        codec = of_file(Reader(file, options.max_images), options)
        archive = codec.open(file, **limits(options))
        chosen = [_key(archive, name) for name in options.only]
        numbers = chosen or range(len(archive))
        pictures = (archive[key] for key in chosen) if chosen else archive
        kept = archive.metadata()
        metadata = None if kept is None else [kept[number] for number in numbers]
        if output.suffix == ".npy":
            blocks = partial(progress, unit="block")
            one_by_one = chosen or archive.reader.own_sizes is not None
            stacks = ([image] for image in pictures) if one_by_one else archive.blocks(blocks)
            image_files.write_stack(output, len(numbers), stacks, force)
        elif is_stream(output) or is_image(output.name):
            image_files.check_image(output, len(numbers), force)
            first = image_files.NONE if metadata is None else metadata[0]
            image_files.write(output, next(iter(pictures)), force, first)
        else:
            image_files.check_folder(output)
            names = [_file_name(archive, key) for key in numbers]
            shown = progress(pictures, unit="image")
            image_files.write_directory(output, names, shown, force, given, codec.ahead, metadata)
    scaled = _scaled(archive, numbers)
    note = f", {scaled:,} scaled back to their own size" if scaled else ""
    say(output, f"{images_of(len(numbers))}{note}")


def _scaled(archive, numbers):
    """The number of these images that were scaled back to the size they had."""
    reader = archive.reader
    sizes, shape = reader.own_sizes or (), tuple(reader.header.shape[:2])
    return sum(sizes[number] != shape for number in numbers) if sizes else 0


def list_(options: argparse.Namespace) -> None:
    """List the names, or else numbers, of the images in an .imgc file or a set, without a codec."""
    if sets.is_set(options.input):
        names: Iterable[object] = sets.names(options.input, options.max_images)
    else:
        with opened(options.input) as file:
            reader = Reader(file, options.max_images)
        names = reader.header.names or range(reader.count)
    sys.stdout.writelines(f"{name}\n" for name in names)


def info(options: argparse.Namespace) -> None:
    """Show facts about an .imgc file or a set, without a codec."""
    if options.metadata:
        show_metadata(options)
        return
    facts = sets.info(options.input) if sets.is_set(options.input) else _info(options)
    if options.json:
        print(json.dumps(facts, indent=2))
    else:
        print("\n".join(f"{name:24}{value}" for name, value in facts.items()))


def _info(options):
    with opened(options.input) as file:
        reader = Reader(file, options.max_images)
    header = reader.header
    return {
        "images": reader.count,
        "height": header.shape[0] or "any",
        "width": header.shape[1] or "any",
        "channels": header.shape[2],
        "quality": header.quality,
        "codec": header.codec.hex(),
        "blocks": len(reader.sizes),
        "bytes": reader.length,
        **{f"bytes_{part}": count for part, count in reader.bytes.items()},
        "bytes_per_image": round(reader.length / reader.count, 2),
        "version": header.version,
        "raised": reader.raised,
        "stored_as_files": len(reader.files),
        "embedded": bool(reader.embedded),
        "metadata": reader.bytes["metadata"] > 0,
        **({} if reader.fit is None else {"scaled_by": reader.fit}),
        **dict(zip(("ssim_mean", "ssim_p5", "ssim_worst"), reader.measures or (), strict=False)),
    }


def _key(archive: Archive, name: str) -> int:
    """The number of the image named with --only, by its name or else its number."""
    if name not in archive and name.isdecimal() and int(name) < len(archive):
        return int(name)
    return archive.number(name)


def _file_name(archive, number):
    return archive.header.names[number] if archive.header.names else f"{number:05}.png"
