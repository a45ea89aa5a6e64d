"""Checks that the installed versions are known to work, and match the recorded ones.

`python -m tasks.versions`, part of `make lock`, rewrites versions.yaml from requirements.lock.
"""

import json
import logging
import re
import sys
from argparse import ArgumentParser
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from packaging.requirements import Requirement
from ruamel.yaml import YAML

from image_compressor.errors import InputError

PROJECT = "image-compressor"
RECORD, LOCK = Path("versions.yaml"), Path("requirements.lock")
HEAD = """\
# Versions of the packages that results depend on: when one changes, DVC runs the stages that use it
# (see dvc.yaml). Different Pythons may need different versions. `make lock` writes this file.
"""


def check_versions(requirements: list[str] | None = None) -> None:
    """Compares installed versions with pyproject.toml, whose bounds exclude versions that fail.

    Missing packages are skipped, because importing them raises a clear error.

    Args:
        requirements: requirements to use instead of the project's, e.g. ["numpy>=2"].

    Raises InputError, naming the package and the command that fixes the installation.
    """
    try:
        declared = requires(PROJECT) or [] if requirements is None else requirements
    except PackageNotFoundError:
        raise InputError(f"{PROJECT} is not installed. Run `make install`.") from None
    for requirement in map(Requirement, declared):
        installed = _installed(requirement.name)
        applies = requirement.marker is None or any(
            requirement.marker.evaluate({"extra": extra}) for extra in ("", "train")
        )
        fits = installed is None or requirement.specifier.contains(installed, prereleases=True)
        if applies and not fits:
            known = f"{requirement.name}{requirement.specifier}"
            raise InputError(
                f"{requirement.name} {installed} in {sys.prefix} is not one of the versions known "
                f"to work, {known}. Run `make install`, or `pip install '{known}'`."
            )


def warn_of_others(record: dict[str, list[str]]) -> None:
    """Logs a warning if installed versions differ from `record`, the contents of RECORD."""
    installed = {name: _installed(name) for name in record}
    others = [
        f"{name} {found} (not {' or '.join(record[name])})"
        for name, found in installed.items()
        if found is not None and found not in record[name]
    ]
    if others:
        text = "%s installed, but %s records other versions. `make install` installs those"
        logging.getLogger("versions").warning(text, ", ".join(others), RECORD)


def locked(text: str) -> dict[str, list[str]]:
    """Returns each package's versions in a requirements.lock, possibly one per Python version."""
    found: dict[str, list[str]] = {}
    for name, release in re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE):
        found.setdefault(name, []).append(release)
    return found


def write() -> None:
    """Rewrites RECORD for the packages that it names."""
    known, names = locked(LOCK.read_text("utf-8")), YAML(typ="safe").load(RECORD)
    lines = [f"{name}: {json.dumps(known[name])}\n" for name in sorted(names)]
    RECORD.write_text(HEAD + "".join(lines), "utf-8")


def _installed(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return None


if __name__ == "__main__":
    ArgumentParser("python -m tasks.versions", description=__doc__).parse_args()
    write()
