"""image-compressor compress | decompress | list | info | fetch | demo."""

import argparse
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from PIL import Image

import image_compressor.cli.commands as commands
from image_compressor.cli.demo import demo
from image_compressor.cli.fetch import fetch
from image_compressor.codec import exported
from image_compressor.codec.batches import LARGEST_IMAGE
from image_compressor.codec.container import (
    IMAGES_A_BYTE,
    MANY_IMAGES,
    MANY_PIXELS,
    PIXELS_A_BYTE,
)
from image_compressor.codec.transform import DEFAULT_QUALITY


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options, of which `command` runs with them."""
    Image.MAX_IMAGE_PIXELS = None  # `codec` has limits of its own
    return _parser().parse_args(arguments)


def _parser():
    parser = argparse.ArgumentParser("image-compressor", description=__doc__)
    parser.add_argument("--version", action="version", version=version("image-compressor"))
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(run, source=None):
        name = run.__name__.strip("_")
        one = subparsers.add_parser(name, description=run.__doc__, help=run.__doc__)
        one.set_defaults(command=run)
        if source:
            one.add_argument("input", metavar="INPUT", help=source)
        return one

    compressor = command(
        commands.compress, "an image file, a directory of them, or a .npy stack of uint8"
    )
    decompressor = command(commands.decompress, "an .imgc file, or a set")
    for writer in (compressor, decompressor):
        writer.add_argument("-o", "--output", required=True, help="what to write")
        _add_codec(writer)
        writer.add_argument("--force", action="store_true", help="overwrite what exists")
    _add_compress(compressor)
    _add_decompress(decompressor)
    _add_max_images(command(commands.list_, "an .imgc file, or a set"))
    _add_info(command(commands.info, "an .imgc file, or a set"))
    _add_fetch(command(fetch))
    _add_demo(command(demo))
    return parser


def _add_compress(parser):
    parser.add_argument(
        "--fit",
        action="store_true",
        help="bring image files to the codec's channels and size as those of its training were",
    )
    parser.add_argument(
        "--partitions",
        type=int,
        metavar="N",
        help="a directory, or s3://..., -> a set: N files and their index; once stopped it goes on",
    )
    parser.add_argument(
        "--skip", action="store_true", help="leave out of a set what cannot be used"
    )
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument(
        "--quality", type=int, help=f"1 (smallest file) ... 100 (default: {DEFAULT_QUALITY})"
    )
    choice.add_argument("--target-ssim", type=float, help="the smallest file with this mean SSIM")
    choice.add_argument("--target-bytes", type=int, help="the best quality in so many bytes")


def _add_decompress(parser):
    parser.add_argument(
        "--max-pixels",
        type=int,
        metavar="N",
        default=LARGEST_IMAGE,
        help="refuse larger images; one takes 14 bytes of memory a pixel, besides 0.5 GB for the "
        "networks (default: %(default)s)",
    )
    _add_max_images(parser)
    parser.add_argument(
        "--max-total-pixels",
        type=int,
        metavar="N",
        help=f"refuse a file of more in all (default: {MANY_PIXELS}; or {PIXELS_A_BYTE} for each "
        "of its bytes where that is more)",
    )
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NAME",
        help="only the image of this name, or number; may be repeated",
    )


def _add_info(parser):
    _add_max_images(parser)
    parser.add_argument("--json", action="store_true", help="as JSON")


def _add_codec(parser):
    parser.add_argument(
        "--codec",
        default="models/exported",
        help="directory of an exported codec, or a released one: "
        f"{', '.join(exported.names())} (default: %(default)s)",
    )


def _add_max_images(parser):
    parser.add_argument(
        "--max-images",
        type=int,
        metavar="N",
        help=f"refuse a file of more (default: {MANY_IMAGES}; or {IMAGES_A_BYTE} for each of its "
        "bytes where that is more)",
    )


def _add_demo(parser):
    _add_codec(parser)
    parser.add_argument("--port", type=int, default=8000, help="default: %(default)s; 0: any free")
    parser.add_argument("--no-browser", action="store_true", help="do not open the page")
    parser.add_argument(
        "--samples",
        type=Path,
        help="a directory of images to try (default: data/raw/images, if there)",
    )


def _add_fetch(parser):
    parser.add_argument("name", metavar="NAME", help="the codec's, in the project's dvc.yaml")
    parser.add_argument(
        "--from",
        dest="source",
        default=".",
        metavar="PROJECT",
        help="address or directory of its git repository (default: the current directory)",
    )
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--rev", metavar="VERSION", help="such as v0.0.1")
    choice.add_argument(
        "--stage", default="prod", help="the version that is promoted to it (default: %(default)s)"
    )
    parser.add_argument("-o", "--output", type=Path, required=True, help="directory to write")
    parser.add_argument("--force", action="store_true", help="replace what exists")
