import numpy as np
import pytest
from PIL import Image

from image_compressor import Codec
from tests.cli.commands import damage
from tests.codec import networks


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


def test_names_keep_their_stem_unless_two_would_be_the_same(run, pictures, tmp_path):
    (tmp_path / "in").mkdir()
    for name in ("a.jpg", "b.jpg", "b.png", "c"):
        Image.fromarray(pictures[0]).save(tmp_path / "in" / name, "PNG")
    run("compress", tmp_path / "in", "-o", tmp_path / "a.imgc")
    run("decompress", tmp_path / "a.imgc", "-o", tmp_path / "out")
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["a.png", "b.jpg.png", "b.png", "c.png"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data[:-1], "truncated"),
        (lambda data: data[:20], "truncated"),
        (lambda data: b"", "truncated"),
        (damage, "checksum"),
        (lambda data: damage(data, 20), "checksum"),
        (lambda data: b"\x89PNG" + data[4:], "an .imgc file"),
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


def test_a_file_of_another_codec_is_refused_by_the_codecs_id(refused, pictures, tmp_path):
    other = networks.codec(identity=b"abcd", size=16)
    (tmp_path / "a.imgc").write_bytes(other.compress(pictures))
    message = refused("decompress", tmp_path / "a.imgc", "-o", tmp_path / "a.npy")
    assert "one of codec 61626364" in message
    assert not (tmp_path / "a.npy").exists()


def test_outputs_that_would_lose_something_are_refused(run, refused, folder, tmp_path):
    run("compress", folder / "b.png", "-o", tmp_path / "one.imgc")
    run("compress", folder, "-o", tmp_path / "three.imgc")
    (tmp_path / "file").write_text("precious")
    (tmp_path / "link").symlink_to(folder)
    one, three = ("decompress", tmp_path / "one.imgc"), ("decompress", tmp_path / "three.imgc")
    before = sorted(tmp_path.rglob("*"))
    assert "lose pixels" in refused(*one, "-o", tmp_path / "b.jpg")
    assert "one image for one file" in refused(*three, "-o", tmp_path / "b.png")
    assert "contains files" in refused(*three, "-o", tmp_path / "link")
    for arguments in ([], ["--force"]):
        assert "is not a directory" in refused(*three, "-o", tmp_path / "file", *arguments)
        assert "the directory" in refused("compress", folder, "-o", folder, *arguments)
        assert "is not a directory" in refused(*three, "-o", "", *arguments)
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "file").read_text() == "precious"


def test_force_into_a_directory_replaces_all_or_nothing(run, refused, folder, tmp_path):
    run("compress", folder, "-o", tmp_path / "a.imgc")
    (tmp_path / "out/class/a.bmp").mkdir(parents=True)
    (tmp_path / "out/b.png").write_bytes(b"old")
    refused("decompress", tmp_path / "a.imgc", "-o", tmp_path / "out", "--force")
    assert (tmp_path / "out/b.png").read_bytes() == b"old"
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("name", ["a.zip", "a.imgc", "a.txt"])
def test_a_directory_is_not_named_like_a_file(refused, archive, tmp_path, name):
    said = refused("decompress", archive, "-o", tmp_path / "new" / name)
    assert "Change its suffix" in said and not (tmp_path / "new").exists()


def test_lossless_webp_beside_png(run, folder, tmp_path):
    run("compress", folder / "b.png", "-o", tmp_path / "one.imgc")
    for name in ("b.webp", "b.png"):
        run("decompress", tmp_path / "one.imgc", "-o", tmp_path / name)
    webp, png = (Image.open(tmp_path / name).convert("L") for name in ("b.webp", "b.png"))
    assert np.array_equal(webp, png)
