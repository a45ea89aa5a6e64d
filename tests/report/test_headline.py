"""The headline is one true sentence, whichever codec is better."""

import pytest

from image_compressor.evaluation.curves import RatePoint
from image_compressor.report.headline import against, headline


def curve(*pairs):
    return [RatePoint(number, size, ssim, 0, 20) for number, (size, ssim) in enumerate(pairs)]


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (10, "10 times fewer than JPEG files"),
        (80, "20 % fewer than JPEG files"),
        (100.1, "as many as JPEG files"),
        (120, "20 % more than JPEG files"),
        (300, "3 times as many as JPEG files"),
    ],
)
def test_it_says_by_how_much(size, said):
    rivals = {"jpeg": curve((50, 0.8), (100, 0.9), (200, 0.95))}
    assert against(size, 0.9, rivals) == said


def test_it_is_held_against_the_rival_that_needs_the_fewest():
    rivals = {"jpeg": curve((100, 0.8), (200, 0.95)), "avif": curve((40, 0.8), (80, 0.95))}
    assert against(20, 0.95, rivals) == "4 times fewer than AVIF files"


@pytest.mark.parametrize("size", [30, 300])
def test_a_rival_that_cannot_go_so_low_is_not_beaten_by_a_number(size):
    rivals = {"webp": curve((90, 0.97), (200, 0.99))}
    assert against(size, 0.9, rivals) == "WebP files take 90 at the smallest (SSIM .970)"


def test_a_rival_that_does_not_reach_the_ssim_is_not_beaten_by_a_number():
    rivals = {"jpeg": curve((50, 0.8), (100, 0.9))}
    assert against(30, 0.95, rivals) == "an SSIM that no rival reaches with files"


def test_files_and_sheets_are_both_named():
    rivals = {"jpeg": curve((50, 0.8), (100, 1)), "avif-sheet": curve((15, 0.8), (20, 1))}
    metrics = {"bytes_per_image": 10, "ssim": 0.8}
    assert headline(metrics, rivals) == (
        "Your images take 10 bytes each at SSIM .800: 5 times fewer than JPEG files, and "
        "33 % fewer than one AVIF picture of them all."
    )
