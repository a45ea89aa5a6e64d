"""Are the installed versions ones this project is known to work with?"""

import sys
from importlib.metadata import PackageNotFoundError, requires, version

from packaging.requirements import Requirement

from image_compressor.errors import InputError

PROJECT = "image-compressor"


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
        try:
            installed = version(requirement.name)
        except PackageNotFoundError:
            continue
        applies = requirement.marker is None or any(
            requirement.marker.evaluate({"extra": extra}) for extra in ("", "train")
        )
        if applies and not requirement.specifier.contains(installed, prereleases=True):
            known = f"{requirement.name}{requirement.specifier}"
            raise InputError(
                f"{known}, the versions known to work",
                f"{installed} in {sys.prefix}",
                f"Run `make install`, or `pip install '{known}'`.",
            )
