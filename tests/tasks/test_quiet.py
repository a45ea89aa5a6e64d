"""TensorFlow's noise is left out, and all else on standard error stays."""

import subprocess
import sys

from tasks import quiet
from tests.conftest import ROOT

FAKE = """
import os
os.write(2, b"WARNING: All log messages before absl::InitializeLog() is called are written...\\n")
os.write(2, b"I0000 00:00:1.2    3 cudart_stub.cc:31] Could not find cuda drivers\\n")
os.write(2, b"E0000 00:00:1.2    3 a.cc:1] No memory\\n")
{}
"""


def imported(tmp_path, ending=""):
    """What a process writes to standard error that imports a `tensorflow` which logs."""
    (tmp_path / "tensorflow.py").write_text(FAKE.format(ending))
    code = "import sys; from tasks import quiet; quiet.tensorflow(); import tensorflow as found; "
    code += "print('after', found.__name__, file=sys.stderr)"
    environment = {"PYTHONPATH": f"{tmp_path}:{ROOT}"}
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, env=environment).stderr


def test_only_errors_are_left_of_what_it_logs_as_it_loads(tmp_path):
    assert imported(tmp_path).splitlines() == [
        "E0000 00:00:1.2    3 a.cc:1] No memory",
        "after tensorflow",
    ]


def test_what_it_says_before_it_ends_the_process_is_shown(tmp_path):
    text = imported(tmp_path, 'os.write(2, b"F0000 No AVX\\n"); os.abort()')
    assert text.splitlines()[-1] == "F0000 No AVX"


def test_a_program_without_tensorflow_is_left_alone():
    quiet.tensorflow()
    finder = sys.meta_path[0]
    assert isinstance(finder, quiet.Finder) and finder.find_spec("keras", None) is None
    sys.meta_path.remove(finder)
