"""Compress images with a trained codec, decompress them, and see to files and codecs."""

import argparse
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from PIL import Image

import image_compressor.cli.commands as commands
from image_compressor.cli.check import check
from image_compressor.cli.codecs import codecs
from image_compressor.cli.demo import demo
from image_compressor.cli.drift import drift
from image_compressor.cli.fetch import fetch
from image_compressor.cli.joining import join, split
from image_compressor.cli.recompress import recompress
from image_compressor.codec import exported, inputs
from image_compressor.codec.batches import LARGEST_IMAGE
from image_compressor.codec.file.container import (
    IMAGES_A_BYTE,
    MANY_IMAGES,
    MANY_PIXELS,
    PIXELS_A_BYTE,
)
from image_compressor.codec.recompressing import MAX_LOSS
from image_compressor.codec.transform import DEFAULT_QUALITY

EXAMPLES = {
    "compress": """examples:
  image-compressor compress photos -o photos.imgc --codec photo
  image-compressor compress *.jpg -o photos.imgc --codec photo --target-ssim 0.95
  image-compressor compress photos -o photos.imgc --codec photo --min-ssim 0.9 --best
  image-compressor compress photos -o photos.imgc --codec photo --metadata --embed
  image-compressor compress digits -o digits.imgc --codec digits --effort 4
  image-compressor compress photos -o set --codec photo --partitions 100
  cat a.png | image-compressor compress - -o - --codec photo > a.imgc""",
    "decompress": """examples:
  image-compressor decompress photos.imgc -o photos
  image-compressor decompress photos.imgc -o 7.png --only 7
  image-compressor decompress photos.imgc -o stack.npy --codec photo""",
    "check": """examples:
  image-compressor check photos.imgc
  image-compressor check photos.imgc --against photos --csv > measures.csv""",
    "drift": """examples:
  image-compressor drift new-photos --codec photo
  image-compressor drift new-digits --codec digits --json""",
    "join": """example:
  image-compressor join january.imgc february.imgc -o winter.imgc""",
    "split": """example:
  image-compressor split winter.imgc -o parts --files 4""",
    "recompress": """example:
  image-compressor recompress old.imgc -o new.imgc --to models/exported --max-loss 0.01""",
    "codecs": """examples:
  image-compressor codecs list
  image-compressor codecs export 3f9a01bc -o codec""",
    "list": """example:
  image-compressor list photos.imgc""",
    "info": """example:
  image-compressor info photos.imgc --json""",
    "fetch": """example:
  image-compressor fetch codec --from https://example.org/project.git -o codec
  image-compressor fetch codec --for old.imgc""",
    "demo": """example:
  image-compressor demo --codec digits --samples photos""",
}


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The parsed options; `options.command` is the function to call with them."""
    Image.MAX_IMAGE_PIXELS = None  # `codec` has its own limits
    return _parser().parse_args(arguments)


def _parser():
    parser = argparse.ArgumentParser("image-compressor", description=__doc__)
    parser.add_argument("--version", action="version", version=version("image-compressor"))
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(run, source=None, **several):
        name = run.__name__.strip("_")
        subparser = subparsers.add_parser(
            name,
            description=run.__doc__,
            help=run.__doc__,
            epilog=EXAMPLES.get(name),
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        subparser.set_defaults(command=run)
        if source:
            subparser.add_argument("input", metavar="INPUT", help=source, **several)
        return subparser

    compressor = command(
        commands.compress,
        "image files and directories of images, or - for standard input, or one .npy file of uint8",
        nargs="+",
    )
    decompressor = command(commands.decompress, "an .imgc file, - for standard input, or a set")
    for writer, written in (
        (compressor, "the .imgc file, or the directory of a set"),
        (decompressor, "a directory, a .npy file, or for one image an image file"),
    ):
        writer.add_argument(
            "-o", "--output", required=True, help=f"{written}; - for standard output"
        )
        (_add_codec if writer is compressor else _add_found_codec)(writer)
        writer.add_argument("--force", action="store_true", help="overwrite existing files")
    _add_compress(compressor)
    compressor.set_defaults(codec="models/exported")
    _add_decompress(decompressor)
    _add_max_images(command(commands.list_, "an .imgc file, or a set"))
    checker = command(check, "an .imgc file, or a set")
    _add_found_codec(checker)
    _add_check(checker)
    drifter = command(drift, "image files and directories of images, or one .npy file", nargs="+")
    _add_codec(drifter)
    _add_drift(drifter)
    _add_info(command(commands.info, "an .imgc file, or a set"))
    _add_join(command(join, "the .imgc files, in order", nargs="+"))
    _add_split(command(split, "an .imgc file"))
    _add_recompress(command(recompress, "an .imgc file, or a set"))
    _add_codecs(command(codecs))
    _add_fetch(command(fetch))
    _add_demo(command(demo))
    return parser


def _add_compress(parser):
    parser.add_argument(
        "--fit",
        choices=inputs.FITS,
        help="change images that the codec does not take: grey drops colours; letterbox scales to "
        "the codec's size and fills in black; stretch scales without keeping proportions; crop "
        "keeps only the centre. decompress scales letterboxed and stretched images back",
    )
    parser.add_argument(
        "--partitions",
        type=int,
        metavar="N",
        help="write a set: N files and an index. INPUT is a directory or an address such as "
        "s3://...; an interrupted run resumes",
    )
    parser.add_argument(
        "--skip", action="store_true", help="leave out images that cannot be used, and list them"
    )
    parser.add_argument(
        "--dry-run", action="store_true", help="compress and print the summary, but write nothing"
    )
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument(
        "--quality", type=int, help=f"1 (smallest file) ... 100 (default: {DEFAULT_QUALITY})"
    )
    choice.add_argument(
        "--min-ssim", type=float, metavar="SSIM", help="for each image the lowest quality with it"
    )
    choice.add_argument("--target-ssim", type=float, help="the smallest file with this mean SSIM")
    choice.add_argument(
        "--target-bytes", type=int, help="the best quality with at most this many bytes in total"
    )
    parser.add_argument(
        "--best",
        action="store_true",
        help="store each image as WebP or AVIF where that takes fewer bytes at the same SSIM",
    )
    _add_effort(parser)
    parser.add_argument(
        "--embed",
        action="store_true",
        help="put the part of the codec that decodes into the file, about 1 MB: nothing but this "
        "package is then needed to read it",
    )
    parser.add_argument(
        "--metadata",
        action="store_true",
        help="keep what the files say besides pixels: their times, EXIF without thumbnails, ICC "
        "profiles and XMP; decompress restores it in PNG and WebP files",
    )
    parser.add_argument(
        "--no-guard",
        dest="guard",
        action="store_false",
        help="keep the quality even of images that come out worse than the codec's validation "
        "images did; by default they are raised, or stored as WebP, AVIF or PNG files",
    )


def _add_decompress(parser):
    _add_limits(parser)
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NAME",
        help="write only the image with this name, or else this number from 0; may be repeated",
    )


def _add_limits(parser):
    parser.add_argument(
        "--max-pixels",
        type=int,
        metavar="N",
        default=LARGEST_IMAGE,
        help="refuse larger images; decoding takes 14 bytes of memory a pixel, and 0.5 GB for the "
        "networks (default: %(default)s)",
    )
    _add_max_images(parser)
    parser.add_argument(
        "--max-total-pixels",
        type=int,
        metavar="N",
        help=f"refuse a file with more pixels in total (default: {MANY_PIXELS}, or "
        f"{PIXELS_A_BYTE} for each byte of the file if that is more)",
    )


def _add_check(parser):
    parser.add_argument(
        "--against",
        type=Path,
        metavar="DIR",
        help="the directory that was compressed, or the file of a single image: compares each "
        "image with its original by SSIM, PSNR, colours (CIEDE2000) and SSIMULACRA2",
    )
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--json", action="store_true", help="print all images as JSON")
    choice.add_argument("--csv", action="store_true", help="print all images as CSV")
    _add_limits(parser)


def _add_drift(parser):
    parser.add_argument(
        "--images",
        type=int,
        metavar="N",
        default=1000,
        help="measure at most N of them, spread evenly (default: %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def _add_info(parser):
    _add_max_images(parser)
    parser.add_argument(
        "--metadata", action="store_true", help="show what `compress --metadata` kept of each image"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def _add_codec(parser):
    parser.add_argument(
        "--codec",
        default="models/exported",
        help="the directory of an exported codec, or the name of a released one: "
        f"{', '.join(exported.names())} (default: %(default)s)",
    )


def _add_found_codec(parser):
    parser.add_argument(
        "--codec",
        help="the codec to use; by default, the one with the file's id that is in models/exported, "
        "among the released ones, in the store (see `image-compressor codecs`) or in the file",
    )
    parser.add_argument(
        "--fetch",
        action="store_true",
        help="if none of these has the codec, but a version of this project does, fetch that",
    )


def _add_join(parser):
    parser.add_argument("-o", "--output", required=True, help="the .imgc file to write")
    _add_rewriting(parser)


def _add_split(parser):
    parser.add_argument("-o", "--output", required=True, help="the directory to write them to")
    parser.add_argument("--files", type=int, required=True, metavar="N", help="their number")
    _add_rewriting(parser)


def _add_effort(parser):
    parser.add_argument(
        "--effort",
        type=int,
        default=0,
        metavar="N",
        help="0 (fastest) to 9: search for symbols that code each image in fewer bytes at the same "
        "quality, for codecs for images of one size (default: %(default)s)",
    )


def _add_rewriting(parser):
    _add_found_codec(parser)
    _add_limits(parser)
    parser.add_argument("--force", action="store_true", help="overwrite existing files")


def _add_recompress(parser):
    output = "the .imgc file, or the directory of a set; a set that was interrupted resumes"
    parser.add_argument("-o", "--output", required=True, help=output)
    parser.add_argument(
        "--to",
        dest="new",
        required=True,
        metavar="CODEC",
        help="the codec to compress with: a directory, or the name of a released one",
    )
    parser.add_argument(
        "--max-loss",
        type=float,
        default=MAX_LOSS,
        metavar="SSIM",
        help="the most that the SSIM of an image against its old decoding may lack to 1 "
        "(default: %(default)s)",
    )
    _add_effort(parser)
    _add_rewriting(parser)


def _add_codecs(parser):
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")

    def action(name, text, argument=None, **options):
        subparser = actions.add_parser(name, description=text, help=text)
        if argument:
            subparser.add_argument(argument, **options)
        return subparser

    chosen = {"metavar": "ID", "help": "the codec's id, or the start of it"}
    action("list", "List them, the one used last first.")
    action("show", "Show facts about one of them.", "id", **chosen)
    action("add", "Add a codec.", "codec", metavar="CODEC", help="its directory, or its name")
    action("remove", "Remove one of them; its files may become unreadable.", "id", **chosen)
    exporter = action("export", "Copy one of them to a directory.", "id", **chosen)
    exporter.add_argument("-o", "--output", type=Path, required=True, help="the directory to write")
    exporter.add_argument("--force", action="store_true", help="replace an existing directory")
    pruner = action("prune", "Remove those that were not used for long.")
    pruner.add_argument(
        "--days", type=int, required=True, metavar="N", help="remove those not used for N days"
    )


def _add_max_images(parser):
    parser.add_argument(
        "--max-images",
        type=int,
        metavar="N",
        help=f"refuse a file with more images (default: {MANY_IMAGES}, or {IMAGES_A_BYTE} for each "
        "byte of the file if that is more)",
    )


def _add_demo(parser):
    _add_codec(parser)
    parser.add_argument(
        "--port", type=int, default=8000, help="0 for any free port (default: %(default)s)"
    )
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
    parser.add_argument(
        "--samples",
        type=Path,
        help="a directory of images to try (default: data/raw/images, if it exists)",
    )


def _add_fetch(parser):
    parser.add_argument("name", metavar="NAME", help="the codec's name in the project's dvc.yaml")
    parser.add_argument(
        "--from",
        dest="source",
        default=".",
        metavar="PROJECT",
        help="the address or directory of its git repository (default: the current directory)",
    )
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--rev", metavar="VERSION", help="a version, such as v0.0.1")
    choice.add_argument(
        "--stage",
        default="prod",
        help="take the version promoted to this stage (default: %(default)s)",
    )
    choice.add_argument("--id", metavar="ID", help="take the version with this codec")
    choice.add_argument(
        "--for", dest="file", metavar="FILE", help="take the one that wrote FILE, or a set"
    )
    parser.add_argument(
        "-o", "--output", type=Path, help="the directory to write (default: the store of codecs)"
    )
    parser.add_argument("--force", action="store_true", help="replace an existing directory")
