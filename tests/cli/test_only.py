import numpy as np
import pytest
from PIL import Image

from image_compressor import Codec


def decoded(exported, archive):
    with archive.open("rb") as file:
        images = Codec.load(exported).open(file)
        return {name: images[name] for name in images.header.names}


@pytest.mark.parametrize("output", ["one.png", "one.npy", "one"])
def test_only_one_image_is_written(run, exported, archive, tmp_path, output):
    run("decompress", archive, "-o", tmp_path / output, "--only", "class/a.bmp")
    expected = decoded(exported, archive)["class/a.bmp"]
    path = tmp_path / output
    if output == "one":
        assert list(path.rglob("*.*")) == [path / "class/a.bmp"]
        path = path / "class/a.bmp"
    written = np.load(path)[0] if output == "one.npy" else np.asarray(Image.open(path))
    assert np.array_equal(written, expected)


def test_only_may_be_repeated_and_keeps_its_order(run, exported, archive, tmp_path):
    names = ["c.tif", "b.png"]
    only = [argument for name in names for argument in ("--only", name)]
    run("decompress", archive, "-o", tmp_path / "out", *only)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == sorted(names)
    run("decompress", archive, "-o", tmp_path / "out.npy", *only)
    expected = [decoded(exported, archive)[name] for name in names]
    assert np.array_equal(np.load(tmp_path / "out.npy"), expected)
    assert not np.array_equal(*expected)


def test_images_without_names_are_chosen_and_written_by_number(run, pictures, tmp_path, capsys):
    np.save(tmp_path / "in.npy", pictures)
    run("compress", tmp_path / "in.npy", "-o", tmp_path / "a.imgc")
    run("decompress", tmp_path / "a.imgc", "-o", tmp_path / "all")
    run("decompress", tmp_path / "a.imgc", "-o", tmp_path / "one", "--only", 39)
    assert [path.name for path in (tmp_path / "one").iterdir()] == ["00039.png"]
    assert len(list((tmp_path / "all").iterdir())) == 40
    one, all_ = (tmp_path / folder / "00039.png" for folder in ("one", "all"))
    assert one.read_bytes() == all_.read_bytes()
    capsys.readouterr()
    run("list", tmp_path / "a.imgc")
    assert capsys.readouterr().out.split() == [str(number) for number in range(40)]


def test_an_image_with_a_name_may_be_chosen_by_number(run, exported, archive, tmp_path):
    run("decompress", archive, "-o", tmp_path / "one.png", "--only", "1")
    expected = [*decoded(exported, archive).values()][1]
    assert np.array_equal(Image.open(tmp_path / "one.png"), expected)


@pytest.mark.parametrize("name", ["b.pngg", "3", "", "-1"])
def test_an_unknown_image_is_refused_and_nothing_written(refused, archive, tmp_path, name):
    before = sorted(tmp_path.rglob("*"))
    for output in ("out", "out.npy", "out.png"):
        message = refused("decompress", archive, "-o", tmp_path / output, f"--only={name}")
        assert "an image of the file" in message
    assert sorted(tmp_path.rglob("*")) == before
