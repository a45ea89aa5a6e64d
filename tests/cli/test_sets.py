import json

import numpy as np
import pytest
from PIL import Image

from image_compressor.images.finding import find


@pytest.fixture
def made(run, folder, tmp_path, capsys):
    """A set of two files with the three images of `folder`."""
    run("compress", folder, "-o", tmp_path / "set", "--partitions", 2)
    assert capsys.readouterr().out.endswith(" an image\n")
    return tmp_path / "set"


def test_a_set_is_listed_described_and_decompressed_like_a_file(
    run, made, archive, tmp_path, capsys
):
    run("list", made)
    assert capsys.readouterr().out.splitlines() == ["b.png", "c.tif", "class/a.bmp"]
    run("info", made, "--json")
    facts = json.loads(capsys.readouterr().out)
    assert (facts["images"], facts["files"], facts["left_out"]) == (3, 2, 0)
    run("decompress", made, "-o", tmp_path / "set-back")
    run("decompress", archive, "-o", tmp_path / "file-back")
    names = find(tmp_path / "file-back").names
    assert names == find(tmp_path / "set-back").names
    for name in names:
        both = [Image.open(tmp_path / back / name) for back in ("set-back", "file-back")]
        assert np.array_equal(*both)


@pytest.mark.parametrize("output", ["one.png", "one"])
def test_only_one_image_of_a_set_is_written(run, made, tmp_path, output):
    run("decompress", made, "-o", tmp_path / "all")
    run("decompress", made, "-o", tmp_path / output, "--only", "class/a.bmp")
    path = tmp_path / output if output == "one.png" else tmp_path / "one/class/a.bmp"
    assert np.array_equal(Image.open(path), Image.open(tmp_path / "all/class/a.bmp"))


@pytest.mark.parametrize("option", [("--target-ssim", 0.9), ("--target-bytes", 900), ("--force",)])
def test_options_that_do_not_apply_to_a_set_are_refused(refused, folder, tmp_path, option):
    error = refused("compress", folder, "-o", tmp_path / "set", "--partitions", 2, *option)
    assert option[0] in error
    assert not (tmp_path / "set").exists()


def test_a_single_file_must_be_on_this_machine(refused, folder, tmp_path):
    assert "--partitions" in refused("compress", folder, "-o", "s3://bucket/one.imgc")
    assert "s3://bucket" in refused("compress", "s3://bucket/images", "-o", tmp_path / "a.imgc")


def test_an_unusable_image_stops_only_its_part(run, refused, folder, tmp_path, capsys):
    (folder / "d.png").write_bytes(b"none")
    arguments = ["compress", folder, "-o", tmp_path / "set", "--partitions", 4]
    assert "d.png" in refused(*arguments)
    assert len([*(tmp_path / "set").glob("*.imgc")]) == 3
    assert "is not finished" in refused("decompress", tmp_path / "set", "-o", tmp_path / "back")
    (folder / "d.png").write_bytes((folder / "b.png").read_bytes())
    assert "written with other images" in refused(*arguments)
