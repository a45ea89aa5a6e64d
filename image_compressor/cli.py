"""image-compressor compress | decompress | list | info."""

import argparse
import functools
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from tqdm import tqdm

from image_compressor import files
from image_compressor.codec import images, released
from image_compressor.codec.archive import Archive, Progress
from image_compressor.codec.batches import Images, Stack
from image_compressor.codec.codec import DEFAULT_QUALITY, Codec
from image_compressor.codec.container import Reader
from image_compressor.codec.parallel import ordered
from image_compressor.errors import InputError

# Shown on a terminal only, and only when the work takes longer than a second.
_progress = functools.partial(tqdm, unit="block", delay=1, disable=None)


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command. Bad input: one line on stderr, exit code 1."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    options = _parser().parse_args(arguments)
    try:
        options.command(options)
        sys.stdout.flush()
    except InputError as error:
        sys.exit(f"image-compressor: {error}")
    except BrokenPipeError:  # of `image-compressor list ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (OSError, MemoryError) as error:
        reason = f"{error.strerror}: {error.filename}" if isinstance(error, OSError) else "memory"
        failed = InputError(
            "files that can be read and written, and memory for them",
            reason,
            "Check the path, its permissions, and what is free.",
        )
        sys.exit(f"image-compressor: {failed}")
    except KeyboardInterrupt:
        sys.exit(130)


def compress(options: argparse.Namespace) -> None:
    """An image, a directory or a .npy stack -> an .imgc file."""
    source, output = options.input, options.output
    if not source.exists():
        raise InputError("an input that exists", source, "Name an image, a directory or a .npy.")
    files.check_free(output, options.force)
    codec = _codec(options)
    shape = tuple(codec.networks.image_shape)
    names, progress = None, cast(Progress, _progress)
    pictures: Images
    if source.is_dir():
        names = images.find(source)
        paths = _progress([source / name for name in names], unit="image")
        pictures = ordered(lambda path: images.read(path, shape), paths)
        progress = iter
    elif source.suffix == ".npy":
        pictures = Stack(source)
    else:
        pictures = [images.read(source, shape)]
    with files.replace_file(output, options.force) as file:
        count = codec.write(
            file,
            pictures,
            names,
            quality=options.quality,
            target_ssim=options.target_ssim,
            target_bytes=options.target_bytes,
            progress=progress,
        )
    size, raw = output.stat().st_size, count * shape[0] * shape[1] * shape[2]
    each, ratio = size / count, raw / size
    print(f"{output}: {count} image(s), {size} bytes, {each:.1f} an image, 1:{ratio:.1f}")


def decompress(options: argparse.Namespace) -> None:
    """An .imgc file, or some of its images -> an image file, a directory, or a .npy stack."""
    output, force = options.output, options.force
    with _opened(options.input) as file:
        Reader(file)  # before the codec is loaded, say what is wrong with the file
        archive = _codec(options).open(file)
        chosen = [_key(archive, name) for name in options.only]
        count = len(chosen) or len(archive)
        pictures = (archive[key] for key in chosen) if chosen else archive
        if output.suffix == ".npy":
            stacks = ([image] for image in pictures) if chosen else archive.blocks(_progress)
            images.write_stack(output, count, stacks, force)
        elif images.is_image(output):
            images.check_image(output, count, force)
            images.write(output, next(iter(pictures)), force)
        else:
            names = [_file_name(archive, key) for key in chosen or range(count)]
            images.write_directory(output, names, _progress(pictures, unit="image"), force)
    print(f"{output}: {count} image(s)")


def list_(options: argparse.Namespace) -> None:
    """The names of the images in an .imgc file, or their numbers. Needs no codec."""
    with _opened(options.input) as file:
        reader = Reader(file)
    for name in reader.header.names or range(reader.count):
        print(name)


def info(options: argparse.Namespace) -> None:
    """What an .imgc file says of itself. Needs no codec."""
    with _opened(options.input) as file:
        reader = Reader(file)
    header, size = reader.header, sum(reader.bytes.values())
    facts = {
        "images": reader.count,
        "height": header.shape[0],
        "width": header.shape[1],
        "channels": header.shape[2],
        "quality": header.quality,
        "codec": header.codec.hex(),
        "blocks": len(reader.sizes),
        "bytes": size,
        **{f"bytes_{part}": count for part, count in reader.bytes.items()},
        "bytes_per_image": round(size / reader.count, 2),
    }
    if options.json:
        print(json.dumps(facts, indent=2))
    else:
        print("\n".join(f"{name:24}{value}" for name, value in facts.items()))


def _opened(path):
    if not path.is_file():
        raise InputError("an .imgc file that exists", path, "Name another.")
    return path.open("rb")


def _key(archive: Archive, name: str) -> int:
    """The number of the image that --only names."""
    if archive.header.names is None and name.isdecimal() and int(name) < len(archive):
        return int(name)
    return archive.number(name)


def _file_name(archive, number):
    return archive.header.names[number] if archive.header.names else f"{number:05}.png"


def _codec(options):
    """The codec, loaded without the line that LiteRT writes to file descriptor 2."""
    sys.stderr.flush()
    stderr, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        return Codec.load(options.codec)
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(nowhere)


def _parser():
    parser = argparse.ArgumentParser("image-compressor", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(run, source):
        name = run.__name__.strip("_")
        one = commands.add_parser(name, description=run.__doc__, help=run.__doc__)
        one.set_defaults(command=run)
        one.add_argument("input", type=Path, metavar="INPUT", help=source)
        return one

    writers = [
        command(compress, "an image file, a directory of them, or a .npy stack of uint8"),
        command(decompress, "an .imgc file"),
    ]
    for writer in writers:
        writer.add_argument("-o", "--output", type=Path, required=True, help="what to write")
        writer.add_argument(
            "--codec",
            default="models/exported",
            help="directory of an exported codec, or a released one: "
            f"{', '.join(released.names())} (default: %(default)s)",
        )
        writer.add_argument("--force", action="store_true", help="overwrite what exists")
    choice = writers[0].add_mutually_exclusive_group()
    choice.add_argument(
        "--quality", type=int, help=f"1 (smallest file) ... 100 (default: {DEFAULT_QUALITY})"
    )
    choice.add_argument("--target-ssim", type=float, help="the smallest file with this mean SSIM")
    choice.add_argument("--target-bytes", type=int, help="the best quality in so many bytes")
    writers[1].add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NAME",
        help="only the image of this name, or number; may be repeated",
    )
    command(list_, "an .imgc file")
    command(info, "an .imgc file").add_argument("--json", action="store_true", help="as JSON")
    return parser
