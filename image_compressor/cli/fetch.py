"""image-compressor fetch: a codec from the project that trains it."""

import argparse
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from image_compressor import files
from image_compressor.codec.loading import load
from image_compressor.errors import InputError

# Not to ask for a password that nobody may be there to type.
ENVIRONMENT = {"GIT_TERMINAL_PROMPT": "0", "DVC_NO_ANALYTICS": "1"}


def fetch(options: argparse.Namespace) -> None:
    """The promoted codec of a project, or another version of it. Needs the command dvc."""
    files.check_free_directory(options.output, options.force)
    version = ("--rev", options.rev) if options.rev else ("--stage", options.stage)
    with files.replace_directory(options.output) as scratch:
        fetched = scratch.absolute() / "fetched"
        _get(*version, "--out", str(fetched), "--", options.source, options.name)
        codec = load(fetched)
        for file in fetched.iterdir():
            file.rename(scratch / file.name)
        fetched.rmdir()
        files.check_free_directory(options.output, options.force)
    print(f"{options.output}: codec {codec.identity.hex()}")


def _get(*arguments):
    """`dvc artifacts get`. Raises InputError, with its last line, where it fails."""
    places = (Path(sys.executable).parent, os.environ.get("PATH", os.defpath))
    dvc = shutil.which("dvc", path=os.pathsep.join(map(str, places)))
    if dvc is None:
        raise InputError("the command dvc", "none", "Install it: `pip install dvc dvc-s3`.")
    result = subprocess.run(
        [dvc, "artifacts", "get", *arguments],
        env={**os.environ, **ENVIRONMENT},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if result.returncode:
        reasons = re.findall("^ERROR: (.+)", result.stderr, re.MULTILINE)
        raise InputError(
            "a project with this codec",
            reasons[-1] if reasons else result.stderr[-200:],
            "Check its address, the name, the version, and your access to it and its storage.",
        )
