"""The codec that wrote a file or a set, from the options of a command."""

import argparse
from pathlib import Path

import image_compressor.cli.fetch as fetch
from image_compressor.codec import finding
from image_compressor.codec.archive import Limits
from image_compressor.codec.codec import Codec
from image_compressor.codec.file.reader import Reader
from image_compressor.errors import WrongCodecError
from image_compressor.sets.collection import Collection

NAME = "codec"  # of a codec in dvc.yaml, unless another is given


def of_file(reader: Reader, options: argparse.Namespace) -> Codec:
    """The codec named in the options, or the one that wrote a file.

    Raises WrongCodecError if it is not on this machine, and was not fetched.
    """
    if options.codec is not None:
        return Codec.load(options.codec)
    try:
        return finding.find(reader.header.codec, reader.embedded)
    except WrongCodecError as error:
        _fetch(reader.header.codec, options, error)
        return finding.find(reader.header.codec)


def collection_of(options: argparse.Namespace) -> Collection:
    """The set that the options name, with its codec, see `of_file`."""
    named = None if options.codec is None else Codec.load(options.codec)
    try:
        return Collection(named, options.input, **limits(options))
    except WrongCodecError as error:
        if named is not None:
            raise
        _fetch(error.identity, options, error)
        return Collection(None, options.input, **limits(options))


def limits(options: argparse.Namespace) -> Limits:
    """The limits of an `Archive` from the options."""
    return Limits(
        max_pixels=options.max_pixels,
        max_images=options.max_images,
        max_total_pixels=options.max_total_pixels,
    )


def _fetch(identity, options, error):
    """Fetches a codec from the versions of the project in the current directory, if it is allowed.

    Raises the error, or one that says how to fetch the codec if a version has it.
    """
    version = fetch.version_here(NAME, identity.hex()) if Path(".git").exists() else None
    if version is None:
        raise error
    if not options.fetch:
        raise WrongCodecError(
            f"The codec {identity.hex()}, which wrote {options.input}, is not on this machine, but "
            f"{version} of this project has it. Add --fetch, or run "
            f"`image-compressor fetch {NAME} --id {identity.hex()}`."
        )
    fetch.to_store(".", NAME, "--rev", version)
