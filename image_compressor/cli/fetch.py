"""image-compressor fetch: a codec from the project that trains it."""

import argparse
import os
import re
import shutil
import sys
from pathlib import Path

from image_compressor import files
from image_compressor.cli.in_time import output
from image_compressor.codec.codec import load_quietly
from image_compressor.errors import InputError

# Not to ask for a password that nobody may be there to type.
ENVIRONMENT = {"GIT_TERMINAL_PROMPT": "0", "DVC_NO_ANALYTICS": "1"}
ANSWER, HOUR = 20, 3600  # seconds
FIX = "Check its address, the name, the version, and your access to it and its storage."


def fetch(options: argparse.Namespace) -> None:
    """The promoted codec of a project, or another version of it. Needs the command dvc."""
    files.check_free_directory(options.output, options.force)
    version = ("--rev", options.rev) if options.rev else ("--stage", options.stage)
    with files.replace_directory(options.output) as scratch:
        fetched = scratch.absolute() / "fetched"
        _get(options.source, options.name, *version, "--out", str(fetched))
        codec = load_quietly(fetched)
        for file in fetched.iterdir():
            file.rename(scratch / file.name)
        fetched.rmdir()
        files.check_free_directory(options.output, options.force)
    print(f"{options.output}: codec {codec.identity.hex()}")


def _get(source, name, *options):
    """`dvc artifacts get`. Raises InputError, with its last line, where it fails."""
    places = (Path(sys.executable).parent, os.environ.get("PATH", os.defpath))
    dvc = shutil.which("dvc", path=os.pathsep.join(map(str, places)))
    if dvc is None:
        raise InputError("the command dvc", "none", "Install it: `pip install dvc dvc-s3`.")
    if shutil.which("git"):  # DVC itself would wait for an answer without end
        _run("git", "ls-remote", "--", source, "HEAD", seconds=ANSWER)
    code, told = _run(dvc, "artifacts", "get", *options, "--", source, name, seconds=HOUR)
    if code:
        reasons = re.findall("^ERROR: (.+)", told, re.MULTILINE)
        raise InputError("a project with this codec", (reasons or [told[-200:]])[-1], FIX)


def _run(*command, seconds):
    """Its exit code and what it says. Raises InputError where it takes longer: it is killed."""
    try:
        code, _, told = output(command, seconds, os.environ | ENVIRONMENT)
    except TimeoutError:
        raise InputError("an answer of the project", f"none in {seconds} s", FIX) from None
    return code, told
