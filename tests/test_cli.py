import json
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import ExifTags, Image

from image_compressor import Codec, cli


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
        codec = [] if arguments[0] == "info" else ["--codec", exported]
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


def test_a_stack_comes_back_as_the_library_decodes_it(run, exported, pictures, tmp_path):
    np.save(tmp_path / "in.npy", pictures)
    run("compress", tmp_path / "in.npy", "-o", tmp_path / "a.imgc")
    run("decompress", tmp_path / "a.imgc", "-o", tmp_path / "out.npy")
    codec = Codec.load(exported)
    assert (tmp_path / "a.imgc").read_bytes() == codec.compress(pictures)
    assert np.array_equal(np.load(tmp_path / "out.npy"), codec.decompress(codec.compress(pictures)))


def test_a_directory_comes_back_with_its_names(run, exported, pictures, folder, tmp_path):
    run("compress", folder, "-o", tmp_path / "a.imgc")
    run("decompress", tmp_path / "a.imgc", "-o", tmp_path / "out")
    names = sorted(
        path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.*")
    )
    assert names == ["b.png", "c.tif", "class/a.bmp"]
    codec = Codec.load(exported)
    expected = codec.decompress(codec.compress([pictures[0]]))[0]
    assert np.array_equal(np.asarray(Image.open(tmp_path / "out/b.png")), expected)


def test_one_image_comes_back(run, folder, tmp_path):
    run("compress", folder / "b.png", "-o", tmp_path / "b.imgc")
    run("decompress", tmp_path / "b.imgc", "-o", tmp_path / "new/b.tif")
    with Image.open(tmp_path / "new/b.tif") as image:
        assert image.size == (16, 16)


def test_a_lossy_name_gets_png_added(run, pictures, tmp_path):
    (tmp_path / "in").mkdir()
    Image.fromarray(pictures[0]).save(tmp_path / "in/a.jpg")
    run("compress", tmp_path / "in", "-o", tmp_path / "a.imgc")
    run("decompress", tmp_path / "a.imgc", "-o", tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.jpg.png"]


def test_info_accounts_for_every_byte(run, folder, tmp_path, capsys):
    run("compress", folder, "-o", tmp_path / "a.imgc")
    capsys.readouterr()
    run("info", tmp_path / "a.imgc", "--json")
    facts = json.loads(capsys.readouterr().out)
    assert facts["images"] == 3
    parts = ("bytes_header_and_names", "bytes_index", "bytes_payloads")
    assert (
        sum(facts[part] for part in parts) == facts["bytes"] == (tmp_path / "a.imgc").stat().st_size
    )
    run("info", tmp_path / "a.imgc")
    assert "images                  3" in capsys.readouterr().out


def test_what_exists_is_overwritten_only_with_force(run, refused, folder, tmp_path):
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


def damage(data):
    return data[:-3] + bytes([data[-3] ^ 1]) + data[-2:]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data[:-1], "cut short"),
        (lambda data: data[:20], "cut short"),
        (lambda data: b"", "cut short"),
        (damage, "checksum"),
        (lambda data: b"\x89PNG" + data[4:], "an .imgc file"),
        (lambda data: data[:5] + b"abcd" + data[9:], "codec 61626364"),
    ],
)
def test_a_damaged_file_is_refused_and_nothing_is_written(
    run, refused, folder, tmp_path, change, message
):
    run("compress", folder, "-o", tmp_path / "a.imgc")
    (tmp_path / "bad.imgc").write_bytes(change((tmp_path / "a.imgc").read_bytes()))
    before = sorted(tmp_path.rglob("*"))
    for output in ("out", "out.npy"):
        assert message in refused("decompress", tmp_path / "bad.imgc", "-o", tmp_path / output)
    assert sorted(tmp_path.rglob("*")) == before


def images_of(kind, directory):
    directory.mkdir()
    path = directory / "x.png"
    if kind == "text":
        path.write_text("no image")
    elif kind == "cut":
        noise = np.random.default_rng(0).integers(0, 256, (16, 16), np.uint8)
        Image.fromarray(noise).save(path)
        path.write_bytes(path.read_bytes()[:150])
    elif kind == "size":
        Image.new("L", (16, 17)).save(path)
    elif kind == "frames":
        pages = [Image.new("L", (16, 16), level) for level in (0, 9)]
        pages[0].save(path, "TIFF", save_all=True, append_images=pages[1:])
    elif kind == "transparency":
        Image.new("L", (16, 16)).save(path, transparency=0)
    elif kind == "rotation":
        exif = Image.Exif()
        exif[ExifTags.Base.Orientation] = 6
        Image.new("L", (16, 16)).save(path, exif=exif)
    elif kind != "empty":
        Image.new(kind, (16, 16)).save(path)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("text", "an image file"),
        ("cut", "a whole image file"),
        ("size", "16x17"),
        ("RGB", "with mode RGB"),
        ("RGBA", "with mode RGBA"),
        ("P", "with mode P"),
        ("I;16", "with mode I;16"),
        ("frames", "with several frames"),
        ("transparency", "with transparency"),
        ("rotation", "with a rotation"),
        ("empty", "no files"),
    ],
)
def test_an_input_the_codec_cannot_keep_is_refused(refused, tmp_path, kind, message):
    images_of(kind, tmp_path / "in")
    assert message in refused("compress", tmp_path / "in", "-o", tmp_path / "a.imgc")
    assert not (tmp_path / "a.imgc").exists()


@pytest.mark.parametrize(
    "array", [np.zeros((2, 16, 16)), np.zeros((2, 9, 9), np.uint8), np.array([{}], object)]
)
def test_a_stack_the_codec_cannot_keep_is_refused(refused, tmp_path, array):
    np.save(tmp_path / "in.npy", array, allow_pickle=True)
    assert "Expected" in refused("compress", tmp_path / "in.npy", "-o", tmp_path / "a.imgc")


def test_what_is_not_there_is_named(refused, run, folder, tmp_path):
    assert "absent" in refused("compress", tmp_path / "absent.png", "-o", tmp_path / "a.imgc")
    assert "absent" in refused("decompress", tmp_path / "absent.imgc", "-o", tmp_path / "a.npy")
    assert "absent" in refused("info", tmp_path / "absent.imgc")
    run("compress", folder / "b.png", "-o", tmp_path / "b.imgc")


def test_outputs_that_would_lose_something_are_refused(run, refused, folder, tmp_path):
    run("compress", folder / "b.png", "-o", tmp_path / "one.imgc")
    run("compress", folder, "-o", tmp_path / "three.imgc")
    (tmp_path / "file").write_text("precious")
    (tmp_path / "link").symlink_to(folder)
    one, three = ("decompress", tmp_path / "one.imgc"), ("decompress", tmp_path / "three.imgc")
    before = sorted(tmp_path.rglob("*"))
    assert "lose pixels" in refused(*one, "-o", tmp_path / "b.jpg")
    assert "one image for one file" in refused(*three, "-o", tmp_path / "b.png")
    for arguments in ([], ["--force"]):
        assert "which is none" in refused(*three, "-o", tmp_path / "file", *arguments)
        assert "which is none" in refused(*three, "-o", tmp_path / "link", *arguments)
        assert "the directory" in refused("compress", folder, "-o", folder, *arguments)
        assert "Expected" in refused(*three, "-o", "", *arguments)
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "file").read_text() == "precious"


def test_force_into_a_directory_replaces_all_or_nothing(run, refused, folder, tmp_path):
    run("compress", folder, "-o", tmp_path / "a.imgc")
    (tmp_path / "out/class/a.bmp").mkdir(parents=True)
    (tmp_path / "out/b.png").write_bytes(b"old")
    refused("decompress", tmp_path / "a.imgc", "-o", tmp_path / "out", "--force")
    assert (tmp_path / "out/b.png").read_bytes() == b"old"
    assert not list(tmp_path.glob(".*"))


def test_hidden_files_are_left_out_and_names_that_would_collide_refused(
    run, refused, folder, tmp_path, capsys
):
    (folder / ".cache").mkdir()
    for hidden in (".cache/d.png", ".d.png"):
        (folder / hidden).write_bytes((folder / "b.png").read_bytes())
    run("compress", folder, "-o", tmp_path / "a.imgc")
    assert "3 image(s)" in capsys.readouterr().out
    (folder / "B.png").write_bytes((folder / "b.png").read_bytes())
    assert "Rename one" in refused("compress", folder, "-o", tmp_path / "b.imgc")


def command(*arguments):
    return subprocess.run(
        [sys.executable, *map(str, arguments)], capture_output=True, text=True, check=False
    )


def test_as_a_module_bad_input_is_one_line_and_exit_code_1(tmp_path):
    result = command("-m", "image_compressor", "info", tmp_path / "absent")
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (1, "", 1)


def test_nothing_but_the_line_is_printed_even_after_the_codec_has_run(exported, folder, tmp_path):
    file = tmp_path / "a.imgc"
    codec = ("--codec", exported)
    done = command("-m", "image_compressor", "compress", folder / "b.png", "-o", file, *codec)
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)
    file.write_bytes(damage(file.read_bytes()))
    refused = command("-m", "image_compressor", "decompress", file, "-o", tmp_path / "x", *codec)
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (1, "", 1)


@pytest.mark.skipif(os.getuid() == 0, reason="root may write anywhere")
def test_an_output_that_cannot_be_written_is_one_line(refused, folder, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    assert "Permission denied" in refused("compress", folder, "-o", tmp_path / "locked/a.imgc")


def test_compressing_imports_neither_keras_nor_tensorflow(exported, folder, tmp_path):
    script = (
        "import sys; from image_compressor.cli import main; main(sys.argv[1:]);"
        "assert not {'keras', 'tensorflow', 'dvc', 'pydantic'} & {*sys.modules}"
    )
    result = command(
        "-c", script, "compress", folder / "b.png", "-o", tmp_path / "b.imgc", "--codec", exported
    )
    assert result.returncode == 0, result.stderr
