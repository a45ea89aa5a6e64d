import json
import os
import re
import shutil

import numpy as np
import pytest

from image_compressor import Codec, cli
from image_compressor.images import decoding
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


@pytest.fixture
def cropping(exported, tmp_path):
    """The exported codec with the policy crop."""
    shutil.copytree(exported, tmp_path / "cropping")
    card = json.loads((exported / "card.json").read_text())
    card["parameters"] = {"preprocess": {"fit": "crop"}}
    (tmp_path / "cropping/card.json").write_text(json.dumps(card))
    return tmp_path / "cropping"


@pytest.mark.parametrize("kind", ["size", "RGB", "RGBA", "P", "I;16", "transparency", "rotation"])
def test_with_fit_an_image_of_any_kind_is_fitted_to_the_codec(cropping, tmp_path, kind):
    images_of(kind, tmp_path / "in")
    cli.main([*f"compress {tmp_path}/in -o {tmp_path}/a --fit --codec {cropping}".split()])
    codec = Codec.load(cropping)
    fitted = codec.policy.apply(decoding.read(tmp_path / "in/x.png"))
    assert np.array_equal(
        codec.decompress((tmp_path / "a").read_bytes())[0],
        codec.decompress(codec.compress([fitted]))[0],
    )


def test_with_fit_the_images_of_a_stack_are_fitted(cropping, tmp_path):
    stack = np.random.default_rng(0).integers(0, 256, (70, 20, 30, 3), np.uint8)
    np.save(tmp_path / "in.npy", stack)
    cli.main([*f"compress {tmp_path}/in.npy -o {tmp_path}/a --fit --codec {cropping}".split()])
    codec = Codec.load(cropping)
    fitted = [codec.policy.apply(image) for image in stack]
    assert (tmp_path / "a").read_bytes() == codec.compress(fitted)


def test_with_fit_an_image_that_still_does_not_fit_is_named(refused, tmp_path):
    images_of("size", tmp_path / "in")
    said = refused("compress", tmp_path / "in", "-o", tmp_path / "a", "--fit")
    assert re.search("policy is native.*in/x.png of 16x17", said)
    images_of("cut", tmp_path / "cut")
    said = refused("compress", tmp_path / "cut", "-o", tmp_path / "a", "--fit")
    assert re.search("cut/x.png: damaged", said)
    np.save(tmp_path / "in.npy", np.zeros((2, 16, 16)))
    said = refused("compress", tmp_path / "in.npy", "-o", tmp_path / "a", "--fit")
    assert re.search("image 0 of .*unsupported pixels: float64", said)
