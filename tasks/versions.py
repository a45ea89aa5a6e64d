"""Checks that the installed versions are known to work, and are those on record.

`python -m tasks.versions` writes versions.yaml anew from requirements.lock: `make lock`.
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
# The versions that results depend on, so that an upgrade runs the stages that use what it changed.
# Several: for several versions of Python. `make lock` writes them; dvc.yaml says who uses which.
"""


def check_versions(requirements: list[str] | None = None) -> None:
    """Holds what is installed against pyproject.toml, whose bounds leave out what fails.

    Packages that are not installed are passed over: importing them says so.

    Args:
        requirements: instead of the project's own, e.g. ["numpy>=2"].

    Raises InputError, naming the package and the command that mends it.
    """
    try:
        declared = requires(PROJECT) or [] if requirements is None else requirements
    except PackageNotFoundError:
        raise InputError(f"{PROJECT} to be installed", "it is not", "Run `make install`.") from None
    for requirement in map(Requirement, declared):
        installed = _installed(requirement.name)
        applies = requirement.marker is None or any(
            requirement.marker.evaluate({"extra": extra}) for extra in ("", "train")
        )
        fits = installed is None or requirement.specifier.contains(installed, prereleases=True)
        if applies and not fits:
            known = f"{requirement.name}{requirement.specifier}"
            raise InputError(
                f"{known}, the versions known to work",
                f"{installed} in {sys.prefix}",
                f"Run `make install`, or `pip install '{known}'`.",
            )


def warn_of_others(record: dict[str, list[str]]) -> None:
    """Logs a line if other versions are installed than `record` has, the contents of RECORD."""
    installed = {name: _installed(name) for name in record}
    others = [
        f"{name} {found} (not {' or '.join(record[name])})"
        for name, found in installed.items()
        if found is not None and found not in record[name]
    ]
    if others:
        text = "%s installed, but DVC records the versions in %s. `make install` installs those."
        logging.getLogger("versions").warning(text, ", ".join(others), RECORD)


def locked(text: str) -> dict[str, list[str]]:
    """The versions of each package in a requirements.lock; several for several Pythons."""
    found: dict[str, list[str]] = {}
    for name, release in re.findall(r"^([a-z0-9-]+)==(\S+)", text, re.MULTILINE):
        found.setdefault(name, []).append(release)
    return found


def write() -> None:
    """Writes RECORD anew, for the packages that it names."""
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
