"""Behaviour that all commands share, some of it tested in a process."""

import os
import subprocess
import sys

import numpy as np
import pytest

from tests.cli.commands import command, damage
from tests.codec import networks


def test_existing_files_are_overwritten_only_with_force(run, refused, folder, tmp_path):
    file, out = tmp_path / "a.imgc", tmp_path / "out"
    file.write_bytes(b"old")
    assert "--force" in refused("compress", folder, "-o", file)
    assert file.read_bytes() == b"old"
    run("compress", folder, "-o", file, "--force")
    out.mkdir()
    (out / "b.png").write_bytes(b"old")
    (out / "other").write_bytes(b"kept")
    assert "--force" in refused("decompress", file, "-o", out)
    assert (out / "b.png").read_bytes() == b"old"
    run("decompress", file, "-o", out, "--force")
    assert (out / "b.png").read_bytes() != b"old"
    assert (out / "other").read_bytes() == b"kept"


def test_missing_files_are_named(refused, tmp_path):
    assert "absent" in refused("compress", tmp_path / "absent.png", "-o", tmp_path / "a.imgc")
    assert "absent" in refused("decompress", tmp_path / "absent.imgc", "-o", tmp_path / "a.npy")
    for name in ("info", "list"):
        assert "absent" in refused(name, tmp_path / "absent.imgc")


def test_as_a_module_bad_input_is_one_line_and_exit_code_1(tmp_path):
    result = command("-m", "image_compressor", "info", tmp_path / "absent")
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (1, "", 1)


def test_only_the_line_is_printed_even_after_the_codec_has_run(exported, folder, tmp_path):
    file = tmp_path / "a.imgc"
    codec = ("--codec", exported)
    done = command("-m", "image_compressor", "compress", folder / "b.png", "-o", file, *codec)
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)
    file.write_bytes(damage(file.read_bytes()))
    refused = command("-m", "image_compressor", "decompress", file, "-o", tmp_path / "x", *codec)
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (1, "", 1)


@pytest.mark.parametrize("count", [3, 20000])
def test_a_closed_pipe_gives_no_traceback(tmp_path, count):
    """Closing the pipe early is what `image-compressor list ... | head -1` does."""
    pictures = np.zeros((count, 8, 8), np.uint8)
    names = [f"some/long/path/{number}.png" for number in range(count)]
    (tmp_path / "a.imgc").write_bytes(networks.codec().compress(pictures, names))
    process = subprocess.Popen(
        [sys.executable, "-m", "image_compressor", "list", str(tmp_path / "a.imgc")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
    )
    process.stdout.close()
    with process:
        assert process.stderr.read() == b""


def test_compressing_imports_neither_keras_nor_tensorflow(exported, folder, tmp_path):
    script = (
        "import sys; from image_compressor.cli import main; main(sys.argv[1:]);"
        "assert not {'keras', 'tensorflow', 'dvc', 'pydantic'} & {*sys.modules}"
    )
    result = command(
        "-c", script, "compress", folder / "b.png", "-o", tmp_path / "b.imgc", "--codec", exported
    )
    assert result.returncode == 0, result.stderr
