"""The command image-compressor fetch, which gets a codec from the project that trains it."""

import argparse
import os
import re
import shutil
import sys
from pathlib import Path

from image_compressor import files
from image_compressor.cli.in_time import output
from image_compressor.codec.codec import Codec
from image_compressor.errors import InputError

# Git must not prompt for a password: there may be nobody to type it.
ENVIRONMENT = {"GIT_TERMINAL_PROMPT": "0", "DVC_NO_ANALYTICS": "1"}
ANSWER, HOUR = 20, 3600  # seconds
FIX = "Check the address, the name, the version, and your access to the project and its storage."


def fetch(options: argparse.Namespace) -> None:
    """Fetch the promoted codec of a project, or another version of it. Needs the command dvc."""
    files.check_free_directory(options.output, options.force)
    version = ("--rev", options.rev) if options.rev else ("--stage", options.stage)
    with files.replace_directory(options.output) as scratch:
        fetched = scratch.absolute() / "fetched"
        _get(options.source, options.name, *version, "--out", str(fetched))
        codec = Codec.load(fetched)
        for file in fetched.iterdir():
            file.rename(scratch / file.name)
        fetched.rmdir()
        files.check_free_directory(options.output, options.force)
    print(f"{options.output}: codec {codec.identity.hex()}")


def _get(source, name, *options):
    """Runs `dvc artifacts get`. Raises InputError, with its last error, if it fails."""
    folders = (Path(sys.executable).parent, os.environ.get("PATH", os.defpath))
    dvc = shutil.which("dvc", path=os.pathsep.join(map(str, folders)))
    if dvc is None:
        raise InputError("The command dvc is not installed. Install it: `pip install dvc dvc-s3`.")
    if shutil.which("git"):  # DVC itself has no timeout
        _run("git", "ls-remote", "--", source, "HEAD", seconds=ANSWER)
    code, errors = _run(dvc, "artifacts", "get", *options, "--", source, name, seconds=HOUR)
    if code:
        reasons = re.findall("^ERROR: (.+)", errors, re.MULTILINE)
        raise InputError("a project with this codec", (reasons or [errors[-200:]])[-1], FIX)


def _run(*command, seconds):
    """The exit code and the errors of a command. Raises InputError if it takes longer."""
    try:
        code, _, errors = output(command, seconds, os.environ | ENVIRONMENT)
    except TimeoutError:
        raise InputError(f"The project did not answer within {seconds} seconds. {FIX}") from None
    return code, errors
