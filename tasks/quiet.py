"""Keeps TensorFlow's lines about CUDA, oneDNN and absl out of the output of stages."""

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

# Infos and warnings that TensorFlow logs while it loads, before it reads TF_CPP_MIN_LOG_LEVEL.
NOISE = "^(WARNING: All log messages before absl::InitializeLog|[IW][0-9]{4} )"
LITERT = "^INFO: Created TensorFlow Lite"  # printed for the first network of a process


def tensorflow() -> None:
    """Makes TensorFlow, when a stage imports it, log only fatal errors."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # drops errors that it recovers from, too
    sys.meta_path.insert(0, Finder())


class Finder(MetaPathFinder):
    """Import hook that filters standard error while `tensorflow` loads, then removes itself."""

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
    """Removes lines from standard error, even those written by a C library.

    A separate process filters them, so the last lines appear even if this process is killed.
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
