"""image-compressor compress | decompress | info."""

import argparse
import functools
import json
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
    options = _parser().parse_args(arguments)
    try:
        options.command(options)
    except InputError as error:
        sys.exit(f"image-compressor: {error}")
    except (OSError, MemoryError) as error:
        sys.exit(f"image-compressor: {error or 'out of memory'}")
    except KeyboardInterrupt:
        sys.exit(130)


def compress(options: argparse.Namespace) -> None:
    """An image, a directory or a .npy stack -> an .imgc file."""
    source, output = options.input, options.output
    files.check_free(output, options.force)
    codec = Codec.load(options.codec)
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
    raw = sum(picture.size for picture in pictures)
    each = len(data) / len(pictures)
    ratio = raw / len(data)
    print(
        f"{output}: {len(pictures)} images, {len(data)} bytes, {each:.1f} an image, 1:{ratio:.1f}"
    )


def decompress(options: argparse.Namespace) -> None:
    """An .imgc file -> an image file, a directory of them, or a .npy stack."""
    output = options.output
    data = options.input.read_bytes()
    header = container.unpack(data)[0]
    pictures = Codec.load(options.codec).decompress(data, _progress)
    if output.suffix == ".npy":
        images.write_stack(output, pictures, options.force)
    elif header.names is None and len(pictures) == 1 and output.suffix:
        images.write(output, pictures[0], options.force)
    else:
        names = header.names or [f"{number:05}.png" for number in range(len(pictures))]
        images.write_directory(output, names, pictures, options.force)
    print(f"{output}: {len(pictures)} images")


def info(options: argparse.Namespace) -> None:
    """What an .imgc file says of itself. Needs no codec."""
    data = options.input.read_bytes()
    header, _, blocks = container.unpack(data)
    payloads = sum(len(block.payload) for block in blocks)
    facts = {
        "images": header.count,
        "height": header.shape[0],
        "width": header.shape[1],
        "channels": header.shape[2],
        "codec": header.codec.hex(),
        "blocks": len(blocks),
        "bytes": len(data),
        "bytes_header_and_names": len(container.pack_header(header)),
        "bytes_index": len(data) - payloads - len(container.pack_header(header)),
        "bytes_payloads": payloads,
        "bytes_per_image": round(len(data) / header.count, 2),
    }
    if options.json:
        print(json.dumps(facts, indent=2))
    else:
        print("\n".join(f"{name:24}{value}" for name, value in facts.items()))


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
