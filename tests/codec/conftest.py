import sys


def pytest_sessionstart():
    """Forgets the test modules. A mutant runs in a fork of a process that already ran the tests
    (pyproject.toml, tool.mutmut), where their modules hold values from the unchanged code."""
    for name in [name for name in sys.modules if name.startswith("tests.codec.test_")]:
        del sys.modules[name]
