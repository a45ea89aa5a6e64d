"""TensorFlow and Keras load without packages that no stage uses, which others import as before."""

import os
import subprocess
import sys

from tests.conftest import ROOT

LOADED = """
import sys
from tasks import light
light.tensorflow()
import keras, tensorflow
print(*[name for name in light.OPTIONAL if name in sys.modules])
import jax, sklearn.mixture
"""


def loaded(backend):
    """The optional packages that a process has after an import of Keras."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "KERAS_BACKEND": backend}
    command = [sys.executable, "-c", LOADED]
    return subprocess.run(command, check=True, stdout=-1, text=True, env=environment).stdout.split()


def test_none_of_them_is_loaded_and_each_can_be_imported_afterwards():
    assert loaded("tensorflow") == []


def test_kerass_backend_for_jax_has_jax():
    assert loaded("jax") == ["jax"]
