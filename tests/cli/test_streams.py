"""Standard input and output instead of files."""

import subprocess
import sys

import pytest

PROGRAM = [sys.executable, "-m", "image_compressor"]


def piped(content, *arguments):
    return subprocess.run(
        [*PROGRAM, *map(str, arguments)], input=content, capture_output=True, check=False
    )


def test_a_pipe_gives_the_bytes_that_files_give(run, folder, exported, tmp_path):
    run("compress", folder / "b.png", "-o", tmp_path / "a.imgc")
    run("decompress", tmp_path / "a.imgc", "-o", tmp_path / "b.png")
    codec = ("--codec", exported)
    packed = piped((folder / "b.png").read_bytes(), "compress", "-", "-o", "-", *codec)
    assert packed.stdout == (tmp_path / "a.imgc").read_bytes()
    assert packed.stderr.startswith(b"-: 1 image in ")
    back = piped(packed.stdout, "decompress", "-", "-o", "-", *codec)
    assert back.stdout == (tmp_path / "b.png").read_bytes()
    shown = piped(packed.stdout, "info", "-")
    assert b"images                  1" in shown.stdout


@pytest.mark.parametrize("content", [b"", b"no image"])
def test_what_is_no_image_is_one_line(exported, content):
    for command in ("compress", "decompress"):
        done = piped(content, command, "-", "-o", "-", "--codec", exported)
        assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (1, b"", 1)


def test_several_images_are_not_written_to_a_pipe(folder, exported, archive):
    done = piped(archive.read_bytes(), "decompress", "-", "-o", "-", "--codec", exported)
    assert b"one image for one file" in done.stderr and not done.stdout
