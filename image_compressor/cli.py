"""image-compressor compress | decompress | info."""

import argparse
import functools
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from tqdm import tqdm

from image_compressor import files
from image_compressor.codec import container, images
from image_compressor.codec.codec import Codec, Images
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
    except InputError as error:
        sys.exit(f"image-compressor: {error}")
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
    names = None
    pictures: Images
    if source.is_dir():
        names = images.find(source)
        pictures = [images.read(source / name, shape) for name in _progress(names, unit="image")]
    elif source.suffix == ".npy":
        pictures = images.read_stack(source)
    else:
        pictures = [images.read(source, shape)]
    data = codec.compress(pictures, names, _progress)
    files.write(output, data, options.force)
    count, raw = len(pictures), sum(picture.size for picture in pictures)
    each, ratio = len(data) / count, raw / len(data)
    print(f"{output}: {count} image(s), {len(data)} bytes, {each:.1f} an image, 1:{ratio:.1f}")


def decompress(options: argparse.Namespace) -> None:
    """An .imgc file -> an image file, a directory of them, or a .npy stack."""
    output, force = options.output, options.force
    data = _archive(options.input)
    header = container.unpack(data).header
    if output.suffix == ".npy":
        files.check_free(output, force)
    elif images.is_image(output):
        images.check_image(output, header.count, force)
    else:
        files.check_free_directory(output, force)
    pictures = _codec(options).decompress(data, _progress)
    if output.suffix == ".npy":
        images.write_stack(output, pictures, force)
    elif images.is_image(output):
        images.write(output, pictures[0], force)
    else:
        names = header.names or [f"{number:05}.png" for number in range(header.count)]
        images.write_directory(output, names, pictures, force)
    print(f"{output}: {header.count} image(s)")


def info(options: argparse.Namespace) -> None:
    """What an .imgc file says of itself. Needs no codec."""
    data = _archive(options.input)
    contents = container.unpack(data)
    header = contents.header
    payloads = sum(len(block.payload) for block in contents.blocks)
    facts = {
        "images": header.count,
        "height": header.shape[0],
        "width": header.shape[1],
        "channels": header.shape[2],
        "codec": header.codec.hex(),
        "blocks": len(contents.blocks),
        "bytes": len(data),
        "bytes_header_and_names": contents.header_bytes,
        "bytes_index": len(data) - payloads - contents.header_bytes,
        "bytes_payloads": payloads,
        "bytes_per_image": round(len(data) / header.count, 2),
    }
    if options.json:
        print(json.dumps(facts, indent=2))
    else:
        print("\n".join(f"{name:24}{value}" for name, value in facts.items()))


def _archive(path):
    if not path.is_file():
        raise InputError("an .imgc file that exists", path, "Name another.")
    return path.read_bytes()


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
        one = commands.add_parser(run.__name__, description=run.__doc__, help=run.__doc__)
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
            type=Path,
            default=Path("models/exported"),
            help="directory of an exported codec (default: %(default)s)",
        )
        writer.add_argument("--force", action="store_true", help="overwrite what exists")
    command(info, "an .imgc file").add_argument("--json", action="store_true", help="as JSON")
    return parser
