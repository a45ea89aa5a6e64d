"""The command image-compressor recompress."""

import argparse
import time
from functools import partial

import numpy as np

import image_compressor.cli.sets as sets
from image_compressor import files
from image_compressor.cli.compress import check_archive, images_of, progress
from image_compressor.cli.finding import limits, of_file
from image_compressor.cli.streams import local, opened, say, standard_output
from image_compressor.codec import store
from image_compressor.codec.codec import Codec
from image_compressor.codec.file.reader import Reader
from image_compressor.codec.recompressing import Recompressed
from image_compressor.codec.recompressing import recompress as rewritten


def recompress(options: argparse.Namespace) -> None:
    """Compress the images of an .imgc file or a set again, with another codec."""
    (sets.recompress if sets.is_set(options.input) else _file)(options)


def _file(options):
    started, output = time.monotonic(), standard_output(options.output)
    check_archive(output)
    files.check_free(output, options.force)
    files.check_apart(output, [local(options.input)])
    new = Codec.load(options.new)
    with opened(options.input) as file:
        reader = Reader(file, options.max_images)
        archive = of_file(reader, options).open(file, **limits(options))
        shown = partial(progress, unit="block")
        with files.replace_file(output, options.force) as written:
            facts = rewritten(archive, new, written, options.max_loss, options.effort, shown)
    for line in _summary(facts, reader, time.monotonic() - started):
        say(output, line)
    if kept := store.keep(new.files):
        say(output, kept)


def _summary(facts: Recompressed, reader: Reader, seconds: float):
    change = facts.bytes / reader.length - 1
    yield (
        f"{images_of(reader.count)} in {facts.bytes:,} bytes, before {reader.length:,} "
        f"({change:+.1%}); {seconds:.1f} s"
    )
    if len(facts.ssim):
        low = np.percentile(facts.ssim, 5)
        yield (
            f"SSIM against the old images {facts.ssim.mean():.3f} on average, {low:.3f} at 5 %, "
            f"{facts.ssim.min():.3f} at worst"
        )
    if facts.kept or facts.stored:
        yield f"stored as WebP, AVIF or PNG: {facts.kept:,} as before, {facts.stored:,} more"
