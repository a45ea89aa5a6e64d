"""The command image-compressor fetch, which gets a codec from the project that trains it."""

import argparse
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from image_compressor import files
from image_compressor.cli.in_time import output
from image_compressor.cli.streams import opened
from image_compressor.codec import exported, store
from image_compressor.codec.codec import Codec
from image_compressor.codec.file.reader import Reader
from image_compressor.errors import InputError
from image_compressor.sets import index
from image_compressor.storage import Place

# Git must not prompt for a password: there may be nobody to type it.
ENVIRONMENT = {"GIT_TERMINAL_PROMPT": "0", "DVC_NO_ANALYTICS": "1"}
ANSWER, HOUR = 20, 3600  # seconds
FIX = "Check the address, the name, the version, and your access to the project and its storage."
START = 8  # hex digits of an id that say enough
MARK = "Codec id: "  # a line of a version's tag, before the id


def fetch(options: argparse.Namespace) -> None:
    """Fetch a codec of a project: the promoted one, or another version. Needs the command dvc."""
    version = _version(options)
    if options.output is None:
        entry = to_store(options.source, options.name, *version)
        print(f"{entry}: codec {entry.name[:START]}, {version[1]}")
        return
    files.check_free_directory(options.output, options.force)
    with files.replace_directory(options.output) as scratch:
        fetched = scratch.absolute() / "fetched"
        _get(options.source, options.name, *version, "--out", str(fetched))
        codec = Codec.load(fetched)
        for file in fetched.iterdir():
            file.rename(scratch / file.name)
        fetched.rmdir()
        files.check_free_directory(options.output, options.force)
    print(f"{options.output}: codec {codec.identity.hex()}, {version[1]}")


def to_store(source: str, name: str, *version: str) -> Path:
    """Adds a version of a project's codec to the store, and returns the entry.

    Raises InputError if there is no store, or for the same reasons as `fetch`.
    """
    if store.directory() is None:
        fix = f"Name a directory with -o, or unset {store.VARIABLE}."
        raise InputError(f"There is no store of codecs. {fix}")
    with TemporaryDirectory() as scratch:
        fetched = Path(scratch, "fetched")
        _get(source, name, *version, "--out", str(fetched))
        entry = store.add(exported.read_whole(fetched))
    assert entry is not None
    return entry


def version_here(name: str, identity: str) -> str | None:
    """The version whose codec has an id that begins like this, among the tags of the repository in
    the current directory; None if there is none, or no git."""
    if not shutil.which("git"):
        return None
    return next(_versions(Path.cwd(), name, identity), None)


def _version(options):
    """The options of `dvc artifacts get` for the version that the user asks for."""
    if options.rev:
        return "--rev", options.rev
    if options.id is None and options.file is None:
        return "--stage", options.stage
    if not shutil.which("git"):
        raise InputError("The command git is not installed. Install it, or name a version: --rev.")
    identity = options.id
    if identity is None:
        identity = _writer(options.file)
    if not re.fullmatch("[0-9a-f]{8,64}", identity):
        raise InputError("an id of 8 to 64 hex digits", identity, "`info FILE` shows a file's.")
    local = Path(options.source)
    source = str(local.absolute()) if local.exists() else options.source
    with TemporaryDirectory() as scratch:
        _git("init", "--quiet", "--bare", scratch)
        tags = f"refs/tags/{options.name}@*"
        _git("-C", scratch, "fetch", "--quiet", "--depth", "1", "--", source, f"{tags}:{tags}")
        version = next(_versions(Path(scratch), options.name, identity), None)
    if version is None:
        fix = "Versions published by older releases do not say their id: try them with --rev."
        raise InputError(f"a version of {options.name} with the id {identity}", "none", fix)
    return "--rev", version


def _writer(address):
    """The start of the id of the codec that wrote a file or a set."""
    place = Place(address)
    if not place.local or Path(address).is_dir():
        _, parts = index.read(place)
        with place.opened(parts[0].name) as file:
            return Reader(file).header.codec.hex()
    with opened(address) as file:
        return Reader(file).header.codec.hex()


def _versions(repository, name, identity) -> Iterator[str]:
    """The versions, newest first, whose tags say that their codec has this id."""
    listed = ("--sort=-creatordate", "--format=%(refname:short)%00%(contents)%00")
    text = _git("-C", str(repository), "for-each-ref", *listed, f"refs/tags/{name}@*")
    words = text.split("\0")
    for tag, message in zip(words[::2], words[1::2], strict=False):
        if re.search(f"^{MARK}{re.escape(identity)}", message, re.MULTILINE):
            yield tag.strip().removeprefix(f"{name}@")


def _get(source, name, *options):
    """Runs `dvc artifacts get`. Raises InputError, with its last error, if it fails."""
    folders = (Path(sys.executable).parent, os.environ.get("PATH", os.defpath))
    dvc = shutil.which("dvc", path=os.pathsep.join(map(str, folders)))
    if dvc is None:
        raise InputError("The command dvc is not installed. Install it: `pip install dvc dvc-s3`.")
    if shutil.which("git"):  # DVC itself has no timeout
        _run("git", "ls-remote", "--", source, "HEAD", seconds=ANSWER)
    code, _, errors = _run(dvc, "artifacts", "get", *options, "--", source, name, seconds=HOUR)
    if code:
        reasons = re.findall("^ERROR: (.+)", errors, re.MULTILINE)
        raise InputError("a project with this codec", (reasons or [errors[-200:]])[-1], FIX)


def _git(*arguments):
    """The output of a git command. Raises InputError, with its last line, if it fails."""
    code, text, errors = _run("git", *arguments, seconds=HOUR)
    if code:
        reason = (errors.strip().splitlines() or [f"exit code {code}"])[-1]
        raise InputError("a git repository with this codec", reason, FIX)
    return text


def _run(*command, seconds):
    """The exit code, output and errors of a command. Raises InputError if it takes longer."""
    try:
        return output(command, seconds, os.environ | ENVIRONMENT)
    except TimeoutError:
        raise InputError(f"The project did not answer within {seconds} seconds. {FIX}") from None
