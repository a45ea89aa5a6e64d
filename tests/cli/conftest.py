"""What the tests of the commands share."""

import pytest
from PIL import Image

from image_compressor import cli


@pytest.fixture
def folder(pictures, tmp_path):
    """Three images in two levels."""
    directory = tmp_path / "images"
    (directory / "class").mkdir(parents=True)
    for name, pixels in zip(["b.png", "class/a.bmp", "c.tif"], pictures, strict=False):
        Image.fromarray(pixels).save(directory / name)
    return directory


@pytest.fixture
def run(exported):
    """Runs a command with the exported codec."""

    def run(*arguments):
        codec = [] if arguments[0] in ("info", "list", "fetch") else ["--codec", exported]
        cli.main([str(argument) for argument in [*arguments, *codec]])

    return run


@pytest.fixture
def refused(run, capsys):
    """Runs a command that must end with exit code 1 and one line; returns the line."""

    def refused(*arguments):
        with pytest.raises(SystemExit) as error:
            run(*arguments)
        assert isinstance(error.value.code, str), "printed by Python, exit code 1"
        assert "\n" not in error.value.code
        return error.value.code

    return refused


@pytest.fixture
def archive(run, folder, tmp_path, capsys):
    """The three images of `folder`, and what the library decodes of them by name."""
    run("compress", folder, "-o", tmp_path / "a.imgc")
    capsys.readouterr()
    return tmp_path / "a.imgc"
