"""The summary at the end of the pipeline."""

import json
import sys

import pytest

from image_compressor.errors import InputError
from tasks import summary

MEASURED = {"images": 2, "quality": 50, "ssim": 0.951419, "bytes_per_image": 15.0967}


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A function that writes the pipeline's results into the current directory."""
    monkeypatch.chdir(tmp_path)

    def write(fit="native"):
        for directory in ("models/exported", "reports/evaluation"):
            (tmp_path / directory).mkdir(parents=True)
        card = {"id": "0123456789abcdef", "parameters": {"preprocess": {"fit": fit}}}
        (tmp_path / "models/exported/card.json").write_text(json.dumps(card))
        (tmp_path / "reports/evaluation/measures.json").write_text(json.dumps(MEASURED))
        table = "image,ssim,bytes\n0,0.9641,9\n1,0.7990,20\n"
        (tmp_path / "reports/evaluation/images.csv").write_text(table)

    return write


def test_it_says_where_the_codec_is_how_it_measures_and_what_is_next(here):
    here()
    assert [*summary.summary()] == [
        "Codec    models/exported, id 01234567",
        "         15.1 bytes per image at SSIM 0.951 (worst 0.799), "
        "over 2 test images at quality 50",
        "Report   reports/report.html, a page for any browser",
        "Try it   image-compressor demo",
        "         image-compressor compress data/raw/images -o images.imgc",
    ]


def test_it_warns_of_a_codec_that_a_rival_beats(here, monkeypatch):
    rates = {"jpeg": -30.0, "webp": 174.1, "avif": None, "webp-sheet": 400.0}
    monkeypatch.setitem(MEASURED, "bd_rate_ssim", rates)
    here()
    assert any("174 % more bytes than webp" in line for line in summary.summary())


def test_it_does_not_warn_of_a_codec_that_beats_them(here, monkeypatch):
    monkeypatch.setitem(MEASURED, "bd_rate_ssim", {"jpeg": -30.0, "webp-sheet": 400.0})
    here()
    assert not any("Warning" in line for line in summary.summary())


def test_it_does_not_warn_of_a_rival_that_only_these_images_favour(here, monkeypatch):
    monkeypatch.setitem(MEASURED, "bd_rate_ssim", {"avif": 1.0, "webp": 20.0})
    intervals = {"avif": [-10.0, 25.0], "webp": [5.0, 30.0]}
    monkeypatch.setitem(MEASURED, "bd_rate_ssim_interval", intervals)
    here()
    warnings = [line for line in summary.summary() if "Warning" in line]
    assert len(warnings) == 1 and "20 % more bytes than webp" in warnings[0]


def test_the_commands_fit_the_codec_and_the_environment(here, tmp_path):
    here("crop")
    program = tmp_path / ".venv/bin/image-compressor"
    program.parent.mkdir(parents=True)
    program.touch()
    *_, last = summary.summary()
    assert last.endswith("image-compressor compress data/raw/images -o images.imgc --fit crop")


@pytest.mark.parametrize(
    "name", ["models/exported/card.json", "evaluation/measures.json", "evaluation/images.csv"]
)
def test_without_the_pipeline_it_says_what_to_run(here, name, tmp_path, monkeypatch):
    here()
    next(tmp_path.rglob(name)).unlink()
    monkeypatch.setattr(sys, "argv", ["summary"])
    with pytest.raises(SystemExit, match=rf"^summary: .*{name}.*Run `(make|dvc) repro"):
        summary.main()
    with pytest.raises(InputError):
        [*summary.summary()]
