"""Runs the commands of image-compressor with their options."""

import argparse
import functools
import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import cast

from tqdm import tqdm

import image_compressor.cli.sets as sets
from image_compressor import files
from image_compressor.cli.sets import limits
from image_compressor.codec import inputs
from image_compressor.codec.archive import Archive, Progress
from image_compressor.codec.batches import Images
from image_compressor.codec.codec import load_quietly
from image_compressor.codec.container import Reader
from image_compressor.errors import InputError
from image_compressor.file_kinds import is_stream
from image_compressor.images import image_files
from image_compressor.images.finding import find
from image_compressor.images.formats import is_image
from image_compressor.images.safe_names import readable
from image_compressor.images.stack import Stack
from image_compressor.parallel import parallel_map

# Shown only on a terminal, and only for work that takes longer than a second.
_progress = functools.partial(tqdm, unit="block", delay=1, disable=None)


def compress(options: argparse.Namespace) -> None:
    """Compress an image, a directory of images or a .npy stack to an .imgc file or a set."""
    (_compress_file if options.partitions is None else sets.compress)(options)


def _compress_file(options):
    source, output = _local(options.input), _local(options.output)
    if not source.exists():
        fix = "Name an image, a directory or a .npy file."
        raise InputError("an existing input", source, fix)
    files.check_readable(source)
    files.check_free(output, options.force)
    found = find(source) if source.is_dir() else None
    paths = [source / path for path in found.names.values()] if found else [source]
    files.check_apart(output, paths)
    codec = load_quietly(options.codec)
    pictures = _pictures(codec, source, paths if found else None, options.fit)
    with files.replace_file(output, options.force) as file:
        count = codec.write(
            file,
            pictures,
            list(found.names) if found else None,
            quality=options.quality,
            target_ssim=options.target_ssim,
            target_bytes=options.target_bytes,
            progress=iter if found else cast(Progress, _progress),  # a folder has its own bar
        )
        reader = Reader(file, count)
    size, ratio = reader.length, reader.raw_bytes / reader.length
    _say(output, f"{count} image(s), {size} bytes, {size / count:.1f} an image, 1:{ratio:.1f}")
    if found and found.note():
        _say(output, found.note())


def _pictures(codec, source, paths, fit) -> Images:
    """The images of a folder, of a .npy stack, or of one file, read lazily."""

    def read(path):
        return inputs.taken(codec, path, readable(str(path)), fit)

    if paths:
        return parallel_map(read, _progress(paths, unit="image"), ahead=codec.ahead)
    if source.suffix != ".npy":
        return [read(source)]
    stack = Stack(source)
    if not fit:
        return stack
    shape = tuple(codec.networks.image_shape)
    named = ((image, f"image {number} of {source}") for number, image in enumerate(stack))
    return (inputs.fitted(image, codec.policy, shape, name) for image, name in named)


def _say(output, text):
    """Prints a line, on stderr if the output may be stdout."""
    print(f"{output}: {text}", file=sys.stderr if is_stream(output) else sys.stdout)


def decompress(options: argparse.Namespace) -> None:
    """Decompress an .imgc file or a set to an image file, a directory or a .npy stack."""
    (sets.decompress if sets.is_set(options.input) else _decompress_file)(options)


def _decompress_file(options):
    output, force = _local(options.output), options.force
    files.check_apart(output, [_local(options.input)])
    with _opened(options.input) as file:
        Reader(file, options.max_images)  # reports a bad file before the codec is loaded
        codec = load_quietly(options.codec)
        archive = codec.open(file, **limits(options))
        chosen = [_key(archive, name) for name in options.only]
        count = len(chosen) or len(archive)
        pictures = (archive[key] for key in chosen) if chosen else archive
        if output.suffix == ".npy":
            stacks = ([image] for image in pictures) if chosen else archive.blocks(_progress)
            image_files.write_stack(output, count, stacks, force)
        elif is_image(output.name):
            image_files.check_image(output, count, force)
            image_files.write(output, next(iter(pictures)), force)
        else:
            names = [_file_name(archive, key) for key in chosen or range(count)]
            shown, inputs = _progress(pictures, unit="image"), [_local(options.input)]
            image_files.write_directory(output, names, shown, force, inputs, codec.ahead)
    _say(output, f"{count} image(s)")


def list_(options: argparse.Namespace) -> None:
    """List the names, or else numbers, of the images in an .imgc file or a set, without a codec."""
    if sets.is_set(options.input):
        names: Iterable[object] = sets.names(options.input, options.max_images)
    else:
        with _opened(options.input) as file:
            reader = Reader(file, options.max_images)
        names = reader.header.names or range(reader.count)
    sys.stdout.writelines(f"{name}\n" for name in names)


def info(options: argparse.Namespace) -> None:
    """Show facts about an .imgc file or a set, without a codec."""
    facts = sets.info(options.input) if sets.is_set(options.input) else _info(options)
    if options.json:
        print(json.dumps(facts, indent=2))
    else:
        print("\n".join(f"{name:24}{value}" for name, value in facts.items()))


def _info(options):
    with _opened(options.input) as file:
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
    }


def _local(address):
    if "://" in address:
        fix = "Only a set may be there: compress a directory with --partitions."
        raise InputError("a path on this machine, for a single file", address, fix)
    return Path(address)


def _opened(address):
    path = _local(address)
    files.check_readable(path)
    if not path.is_file():
        raise InputError("an existing .imgc file", path, "Name another.")
    return path.open("rb")


def _key(archive: Archive, name: str) -> int:
    """The number of the image named with --only."""
    if archive.header.names is None and name.isdecimal() and int(name) < len(archive):
        return int(name)
    return archive.number(name)


def _file_name(archive, number):
    return archive.header.names[number] if archive.header.names else f"{number:05}.png"
