"""Fixtures for the tests of the commands."""

import pytest
from PIL import Image

from image_compressor import cli


@pytest.fixture
def folder(pictures, tmp_path):
    """A directory of three images, on two levels."""
    directory = tmp_path / "images"
    (directory / "class").mkdir(parents=True)
    for name, pixels in zip(["b.png", "class/a.bmp", "c.tif"], pictures, strict=False):
        Image.fromarray(pixels).save(directory / name)
    return directory


@pytest.fixture
def run(exported):
    """A function that runs a command with the exported codec."""

    def run(*arguments):
        codec = [] if arguments[0] in ("info", "list", "fetch") else ["--codec", exported]
        cli.main([str(argument) for argument in [*arguments, *codec]])

    return run


@pytest.fixture
def refused(run, capsys):
    """A function that runs a command, which must exit with 1, and returns its line."""

    def refused(*arguments):
        with pytest.raises(SystemExit) as error:
            run(*arguments)
        assert isinstance(error.value.code, str), "Python prints it and exits with 1"
        assert "\n" not in error.value.code
        return error.value.code

    return refused


@pytest.fixture
def archive(run, folder, tmp_path, capsys):
    """An archive with the three images of `folder`."""
    run("compress", folder, "-o", tmp_path / "a.imgc")
    capsys.readouterr()
    return tmp_path / "a.imgc"
