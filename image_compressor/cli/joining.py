"""The commands image-compressor join and split."""

import argparse
from contextlib import ExitStack
from pathlib import Path

from image_compressor import files
from image_compressor.cli.compress import check_archive, images_of
from image_compressor.cli.finding import limits, of_file
from image_compressor.cli.streams import local, opened, say, standard_output
from image_compressor.codec.archive import Archive
from image_compressor.codec.file.reader import Reader
from image_compressor.codec.rewriting import items_of, rewrite
from image_compressor.errors import InputError
from image_compressor.sets.index import ranges


def join(options: argparse.Namespace) -> None:
    """Join .imgc files of one codec to one file, without a change to any image."""
    output = standard_output(options.output)
    check_archive(output)
    files.check_apart(output, [local(name) for name in options.input])
    with ExitStack() as closing:
        archives = [_archive(closing, name, options) for name in options.input]
        _check_one_codec(archives, options.input)
        items = [item for archive in archives for item in items_of(archive)]
        with files.replace_file(output, options.force) as file:
            size = rewrite(archives[0].codec, items, file)
    say(output, f"{images_of(len(items))} in {size:,} bytes")


def split(options: argparse.Namespace) -> None:
    """Split an .imgc file into several, without a change to any image."""
    directory, path = Path(options.output), local(options.input)
    with ExitStack() as closing:
        archive = _archive(closing, options.input, options)
        items = items_of(archive)
        if not 1 <= options.files <= len(items):
            raise InputError(f"--files of 1 to {len(items)}", options.files, "Choose another.")
        files.check_free_directory(directory, options.force)
        with files.add_to_directory(directory, [path]) as scratch:
            for number, part in enumerate(ranges(len(items), options.files)):
                with (scratch / f"{path.stem}-{number:05}.imgc").open("wb") as file:
                    rewrite(archive.codec, items[part.start : part.stop], file)
    print(f"{directory}: {images_of(len(items))} in {options.files:,} files")


def _check_one_codec(archives, names):
    for archive, name in zip(archives, names, strict=True):
        if archive.header.codec != archives[0].header.codec:
            first, other = (each.header.codec.hex() for each in (archives[0], archive))
            fix = "Join only files of one codec, or recompress them with one."
            raise InputError(f"files of codec {first}, as the first", f"{name} of {other}", fix)


def _archive(closing, name, options) -> Archive:
    file = closing.enter_context(opened(name))
    return of_file(Reader(file, options.max_images), options).open(file, **limits(options))
