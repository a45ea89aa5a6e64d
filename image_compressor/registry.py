"""The names that params.yaml may give for a source, a loss or a format."""

from collections.abc import Collection, Iterator
from importlib import import_module
from types import ModuleType

from image_compressor.errors import InputError, nearest


class Registry:
    """Modules of one package by name, imported when they are first used.

    Args:
        parameter: what names them in params.yaml, such as export.formats.
        package: the package of the modules, whose __init__.py has this registry.
        names: the modules.

    Example:
        FORMATS = Registry("export.formats", "image_compressor.export.formats", "keras", "onnx")
        FORMATS["onnx"].write(trained, directory)
    """

    def __init__(self, parameter: str, package: str, *names: str):
        self.parameter, self.package, self.names = parameter, package, names

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __getitem__(self, name: str) -> ModuleType:
        return import_module(f"{self.package}.{self.check(name)}")

    def check(self, name: str) -> str:
        """Returns the name. Raises InputError for one that is not registered."""
        if name not in self.names:
            file = f"{self.package.replace('.', '/')}/__init__.py"
            raise unknown(self.parameter, name, self.names, file)
        return name


def unknown(what: str, name: str, known: Collection[str], file: str) -> InputError:
    """The error for a name that is not among the `known` ones, which `file` registers."""
    fix = f"{nearest(name, known)} They are registered in {file}."
    return InputError(f"{what} to be one of {', '.join(known)}", name, fix)
