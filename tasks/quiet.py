"""Keeps TensorFlow's lines about CUDA, oneDNN and absl out of what stages print."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any

# Logged while TensorFlow loads, before it reads TF_CPP_MIN_LOG_LEVEL: information and warnings.
NOISE = "^(WARNING: All log messages before absl::InitializeLog|[IW][0-9]{4} )"
LITERT = "^INFO: Created TensorFlow Lite"  # for the first network of a process


def tensorflow() -> None:
    """Has TensorFlow, once a stage imports it, log only what ends it."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # errors that it survives are left out too
    sys.meta_path.insert(0, Finder())


class Finder(MetaPathFinder):
    """Filters standard error while `tensorflow` loads, and then is gone."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != "tensorflow":
            return None
        sys.meta_path.remove(self)
        spec = find_spec(name)
        if spec:
            loader: Any = spec.loader
            load = loader.exec_module

            def filtered(module: ModuleType) -> None:
                with without(NOISE):
                    load(module)

            loader.exec_module = filtered
        return spec


@contextmanager
def without(pattern: str) -> Iterator[None]:
    """Leaves lines out of standard error, also those that a library in C writes.

    A process filters them: it outlives this one, if this is killed by what it then says.
    """
    real = os.dup(2)
    with subprocess.Popen(["grep", "-Ev", pattern], stdin=subprocess.PIPE, stdout=real) as grep:
        assert grep.stdin
        os.dup2(grep.stdin.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(real, 2)
            os.close(real)
