import os
import re

import numpy as np
import pytest
from PIL import Image

from image_compressor import Codec, cli
from image_compressor.images import decoding
from image_compressor.images.fitting import Policy, Scaled
from tests.codec import unfit


@pytest.mark.parametrize(
    ("arguments", "choice"),
    [
        ([], {}),
        (["--quality", 90], {"quality": 90}),
        (["--target-ssim", -1], {"target_ssim": -1}),
        (["--target-bytes", 900], {"target_bytes": 900}),
    ],
)
def test_quality_and_targets_are_those_of_the_library(
    run, exported, pictures, tmp_path, arguments, choice
):
    np.save(tmp_path / "in.npy", pictures)
    run("compress", tmp_path / "in.npy", "-o", tmp_path / "a.imgc", *arguments)
    expected = Codec.load(exported).compress(pictures, **choice)
    assert (tmp_path / "a.imgc").read_bytes() == expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--quality", 0], "quality"),
        (["--quality", 101], "quality"),
        (["--target-ssim", 1.1], "Ask for"),
        (["--target-bytes", 9], "Ask for"),
    ],
)
def test_a_quality_or_target_out_of_reach_is_refused_and_nothing_written(
    refused, folder, tmp_path, arguments, message
):
    before = sorted(tmp_path.rglob("*"))
    assert message in refused("compress", folder, "-o", tmp_path / "a.imgc", *arguments)
    assert sorted(tmp_path.rglob("*")) == before


def test_two_choices_at_once_are_refused(run, folder, tmp_path, capsys):
    with pytest.raises(SystemExit):
        run("compress", folder, "-o", tmp_path / "a", "--quality", 9, "--target-ssim", 0.5)
    assert "not allowed with" in capsys.readouterr().err


def images_of(kind, directory):
    directory.mkdir()
    if kind != "empty":
        unfit.write(kind, directory / "x.png")


@pytest.mark.parametrize(("kind", "message"), {**unfit.REASONS, "empty": "no files"}.items())
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


@pytest.mark.skipif(os.getuid() == 0, reason="root may write anywhere")
def test_an_output_that_cannot_be_written_is_one_line(refused, folder, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    assert "Permission denied" in refused("compress", folder, "-o", tmp_path / "locked/a.imgc")


@pytest.mark.parametrize("fit", ["letterbox", "stretch", "crop"])
def test_with_fit_images_of_any_size_and_colour_are_fitted(run, exported, tmp_path, fit, capsys):
    codec, policy = Codec.load(exported), Policy(1, fit, (16, 16))
    for kind in ("size", "colours"):
        images_of(kind, tmp_path / kind)
        run("compress", tmp_path / kind, "-o", tmp_path / f"{kind}.imgc", "--fit", fit)
        assert f"converted: {kind} 1" in capsys.readouterr().out
        given = decoding.read(tmp_path / kind / "x.png")
        fitted = policy.apply(given)[..., 0]
        if kind == "size" and fit != "crop":
            fitted = Scaled(fitted, fit, given.shape[:2])
        expected = codec.compress([fitted], ["x.png"])
        assert (tmp_path / f"{kind}.imgc").read_bytes() == expected


@pytest.mark.parametrize("fit", ["letterbox", "stretch"])
def test_scaled_images_come_back_in_their_own_size_and_that_is_said(
    run, pictures, tmp_path, fit, capsys
):
    (tmp_path / "in").mkdir()
    for number, size in enumerate([(16, 16), (40, 20), (7, 90)]):
        Image.fromarray(pictures[number]).resize(size).save(tmp_path / f"in/{number}.png")
    run("compress", tmp_path / "in", "-o", tmp_path / "a.imgc", "--fit", fit)
    run("decompress", tmp_path / "a.imgc", "-o", tmp_path / "out")
    assert "3 images, 2 scaled back to their own size" in capsys.readouterr().out
    sizes = [decoding.read(tmp_path / f"out/{number}.png").shape[1::-1] for number in range(3)]
    assert sizes == [(16, 16), (40, 20), (7, 90)]
    run("info", tmp_path / "a.imgc")
    assert re.search(f"scaled_by +{fit}", capsys.readouterr().out)


def test_the_summary_says_how_similar_images_are_and_what_the_guard_did(tmp_path, digits, capsys):
    (tmp_path / "in").mkdir()
    noise = np.random.default_rng(0).integers(0, 256, (3, 28, 28), np.uint8)
    for number, image in enumerate(np.concatenate([noise, digits[:9]])):
        Image.fromarray(image).save(tmp_path / f"in/{number:02}.png")

    def compress(*options):
        arguments = ("compress", tmp_path / "in", "-o", tmp_path / "a.imgc", "--codec", "digits")
        cli.main([*map(str, arguments), "--force", *options])
        return capsys.readouterr().out

    said = compress()
    assert re.search(r"SSIM 0\.\d+ on average, 0\.\d+ at 5 %, 0\.\d+ at worst", said)
    assert re.search(r"stored as WebP, AVIF or PNG, .*: 3 \(SSIM too low 3", said)
    assert "warning: 25% had to be stored" in said and "trained too briefly" in said
    cli.main(["info", str(tmp_path / "a.imgc")])
    assert re.search(r"stored_as_files +3\n", capsys.readouterr().out)
    assert "SSIM" not in compress("--no-guard")
    said = compress("--best", "--min-ssim", "0.9")
    assert re.search(r"where that is smaller or needed: \d", said)
    assert "raised" not in said and "warning" not in said


def test_the_options_are_those_of_the_library(run, exported, folder, tmp_path):
    codec, names = Codec.load(exported), ["b.png", "c.tif", "class/a.bmp"]
    given = [decoding.read(folder / name) for name in names]
    for flags, options in {
        ("--min-ssim", 0.7): {"min_ssim": 0.7},
        ("--min-ssim", 0.7, "--best"): {"min_ssim": 0.7, "best": True},
        ("--quality", 3, "--no-guard"): {"quality": 3, "guard": False},
        ("--quality", 3): {"quality": 3},
    }.items():
        run("compress", folder, "-o", tmp_path / "a.imgc", *flags, "--force")
        expected = codec.compress(given, names, **options)
        assert (tmp_path / "a.imgc").read_bytes() == expected


def test_with_fit_the_images_of_a_stack_are_fitted(run, refused, exported, tmp_path):
    stack = np.random.default_rng(0).integers(0, 256, (70, 20, 30, 3), np.uint8)
    np.save(tmp_path / "in.npy", stack)
    run("compress", tmp_path / "in.npy", "-o", tmp_path / "a", "--fit", "crop")
    fitted = [Policy(1, "crop", (16, 16)).apply(image)[..., 0] for image in stack]
    assert (tmp_path / "a").read_bytes() == Codec.load(exported).compress(fitted)
    np.save(tmp_path / "in.npy", np.zeros((2, 16, 16)))
    said = refused("compress", tmp_path / "in.npy", "-o", tmp_path / "b", "--fit", "crop")
    assert re.search("image 0 of .*unsupported pixels: float64", said)


def test_several_inputs_are_named_below_the_directory_they_share(run, folder, tmp_path, capsys):
    (folder / "notes.txt").write_text("no image")
    inputs = [folder / name for name in ("notes.txt", "c.tif", "class")]
    run("compress", *inputs, "-o", tmp_path / "a.imgc")
    said = capsys.readouterr().out
    assert "2 images in" in said and "skipped: 1 file that is not an image (.txt 1)" in said
    run("list", tmp_path / "a.imgc")
    assert capsys.readouterr().out.split() == ["c.tif", "class/a.bmp"]


def test_an_input_given_twice_and_a_stack_among_others_are_refused(refused, folder, tmp_path):
    for inputs, message in (
        ((folder / "b.png", folder), "b.png is given twice"),
        ((folder, tmp_path / "x.npy"), "needs a file of its own"),
        ((folder, "-"), "one input, if it is standard input"),
        ((folder, tmp_path / "absent.png"), "an existing input"),
    ):
        np.save(tmp_path / "x.npy", np.zeros((2, 16, 16), np.uint8))
        assert message in refused("compress", *inputs, "-o", tmp_path / "a.imgc")


def test_unusable_images_are_all_listed_at_once_or_left_out(run, refused, folder, tmp_path, capsys):
    for kind in ("cut", "colours", "size", "rotation"):
        unfit.write(kind, folder / f"{kind}.png")
    said = refused("compress", folder, "-o", tmp_path / "a.imgc")
    assert said.count("Expected") == 3 and "3 of 7 images cannot be used" in said
    assert "Add --skip" in said and not (tmp_path / "a.imgc").exists()
    run("compress", folder, "-o", tmp_path / "a.imgc", "--skip")
    said = capsys.readouterr().out
    assert "4 images in" in said and "left out: 3 (" in said and "converted: rotated 1" in said
    for image in ("b.png", "c.tif", "class/a.bmp", "rotation.png"):
        (folder / image).unlink()
    assert "3 of 3 images" in refused("compress", folder, "-o", tmp_path / "b.imgc", "--skip")


def test_a_dry_run_says_the_same_and_writes_nothing(run, folder, tmp_path, capsys):
    before = sorted(tmp_path.rglob("*"))
    run("compress", folder, "-o", tmp_path / "a.imgc", "--dry-run")
    dry = capsys.readouterr().out.splitlines()
    assert sorted(tmp_path.rglob("*")) == before and "not written" in dry.pop()
    run("compress", folder, "-o", tmp_path / "a.imgc")
    (wet,) = capsys.readouterr().out.splitlines()
    assert wet.rpartition(";")[0] == dry[0].rpartition(";")[0]


@pytest.mark.parametrize("name", ["a.png", "a.zip", "a.npy", "a.JPG"])
def test_the_name_of_another_kind_of_file_is_refused(refused, folder, tmp_path, name):
    said = refused("compress", folder, "-o", tmp_path / name)
    assert "suffix .imgc" in said and "Name it a.imgc" in said


def test_the_summary_counts_against_files_and_pixels(run, folder, tmp_path, capsys):
    run("compress", folder, "-o", tmp_path / "a.imgc")
    size = (tmp_path / "a.imgc").stat().st_size
    given = sum(path.stat().st_size for path in folder.rglob("*.*"))
    said = capsys.readouterr().out
    assert (
        f"3 images in {size} bytes, {size / 3:.1f} an image, {size / 96:.3g} bits a pixel" in said
    )
    assert f"1:{given / size:.1f} of the files, 1:{3 * 256 / size:.1f} of the pixels" in said
