import sys


def pytest_sessionstart():
    """A mutant is a fork of a process that ran the tests (pyproject.toml, tool.mutmut): what they
    keep in their modules would be of the code as it was."""
    for name in [name for name in sys.modules if name.startswith("tests.codec.test_")]:
        del sys.modules[name]
