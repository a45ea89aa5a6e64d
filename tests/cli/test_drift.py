"""drift: images beside those that a codec was validated with."""

import json

import numpy as np
import pytest
from PIL import Image

from image_compressor import cli


@pytest.fixture
def watched(digits, tmp_path, capsys):
    """A function that runs drift with the released codec on digits; (exit code, output)."""

    def watched(change, *options, count=150):
        directory = tmp_path / "new"
        directory.mkdir()
        for number, digit in enumerate(change(digits[:count])):
            Image.fromarray(digit).save(directory / f"{number:03}.png")
        try:
            cli.main(["drift", str(directory), "--codec", "digits", *options])
        except SystemExit as error:
            return error.code, capsys.readouterr().out
        return 0, capsys.readouterr().out

    return watched


def test_digits_are_no_drift_for_a_codec_for_digits(watched):
    code, printed = watched(lambda digits: digits)
    assert code == 0
    assert printed.startswith("150 images beside those that digits was validated with")
    assert "no drift" in printed


def test_other_images_are_and_the_exit_code_says_so(watched):
    code, printed = watched(lambda digits: 255 - digits, "--json")
    found = json.loads(printed)
    assert (code, found["found"], found["images"], found["refused"]) == (3, True, 150, [])
    assert found["measures"][0]["now"] > 1.5 * found["measures"][0]["typical"]


def test_images_are_spread_over_all_and_the_strangest_are_named(watched):
    def some(digits):
        return np.concatenate([digits[:100], 255 - digits[100:]])

    code, printed = watched(some, "--images", "30")
    assert code == 3 and printed.startswith("30 images")
    assert "  149.png: " in printed and "  000.png: " not in printed


def test_images_that_the_codec_does_not_take_are_counted(watched, tmp_path):
    def with_others(digits):
        return [np.zeros((5, 5), np.uint8), *digits]

    _, printed = watched(with_others)
    assert printed.startswith("150 images") and "does not take them: 1, such as" in printed
    with pytest.raises(SystemExit, match=r"None of 1 image can be used: .*5x5"):
        cli.main(["drift", str(tmp_path / "new/000.png"), "--codec", "digits"])


def test_a_single_image_may_be_any_of_the_kind(watched):
    assert watched(lambda digits: digits, count=1)[0] == 0


def test_a_stack_is_taken_too(digits, tmp_path, capsys):
    np.save(tmp_path / "new.npy", digits[:60])
    cli.main(["drift", str(tmp_path / "new.npy"), "--codec", "digits"])
    assert "no drift" in capsys.readouterr().out


def test_a_codec_without_measures_of_its_images_is_refused(refused, folder):
    assert "Export it again" in refused("drift", folder)


@pytest.mark.parametrize("number", ["0", "-3"])
def test_no_images_are_refused(refused, folder, number):
    assert "--images of at least 1" in refused("drift", folder, "--images", number)
