"""The command image-compressor info --metadata."""

import argparse
import json
import sys
from collections.abc import Iterator
from typing import Any

import image_compressor.cli.sets as sets
from image_compressor.cli.streams import opened
from image_compressor.codec.file.reader import Reader
from image_compressor.images import metadata
from image_compressor.images.safe_names import readable

SUMMARY = ("Make", "Model", "DateTimeOriginal")  # the tags of EXIF in a line of text


def show_metadata(options: argparse.Namespace) -> None:
    """Prints the metadata that was kept of each image, as lines or JSON."""
    each = _of_set(options) if sets.is_set(options.input) else _of_file(options)
    if options.json:
        print(json.dumps([*each], indent=2))
        return
    lines = map(_line, each)
    print(next(lines, "The images were compressed without --metadata."))
    sys.stdout.writelines(f"{line}\n" for line in lines)


def _of_file(options) -> Iterator[dict[str, Any]]:
    with opened(options.input) as file:
        reader = Reader(file, options.max_images)
    yield from _facts(reader, reader.header.names or range(reader.count))


def _of_set(options):
    for part, reader in sets.readers(options.input, options.max_images):
        yield from _facts(reader, sets.index.names(part, reader))


def _facts(reader, names):
    for name, kept in zip(names, reader.metadata() or (), strict=False):
        yield {"name": name, **metadata.shown(kept)}


def _line(facts):
    """The most useful facts about an image in a line."""
    exif, texts = facts.get("exif", {}), [readable(str(facts["name"])), facts.get("time", "")]
    if exif:
        chosen = [exif[tag] for tag in SUMMARY if tag in exif]
        place = ["position"] if "GPSLatitude" in exif else []
        texts.append(f"EXIF: {', '.join([*chosen, *place]) or f'{len(exif)} tags'}")
    if "profile" in facts:
        texts.append(f"profile: {facts['profile']}")
    if "xmp" in facts:
        texts.append(f"XMP: {len(facts['xmp']):,} characters")
    return "  ".join(filter(None, map(readable, texts)))
