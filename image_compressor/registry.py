"""The names that params.yaml may give for a source, a loss or a format."""

from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

from image_compressor.errors import InputError, nearest


class Registry:
    """Modules of one package by name, imported when they are first used.

    Args:
        parameter: where params.yaml names them, such as export.formats.
        package: the package that has the modules, and whose __init__.py registers them.
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


def unknown(where: str, name: str, known: tuple[str, ...], file: str) -> InputError:
    """The error for a name that is not among the `known` ones, which `file` registers."""
    fix = f"{nearest(name, known)} {file} registers them."
    return InputError(f"{where} to be one of {', '.join(known)}", name, fix)
