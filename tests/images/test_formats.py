"""Recognising image files by their names and first bytes."""

import pytest
from PIL import Image

from image_compressor.images import formats
from tests.ingest import bad_files


def test_every_format_is_recognised_by_its_suffix_and_by_its_first_bytes():
    assert set(formats.FORMATS) == bad_files.FORMATS.keys()
    for kind, ending in bad_files.FORMATS.items():
        data = bad_files.file(bad_files.noise(0), kind)
        assert formats.kind(data[: formats.START]) == formats.ENDINGS[f".{ending}"] == kind
        for name in (f"a.{ending}", f"a.{ending.upper()}", f"a.{ending}. ", "4f2c", "a.part"):
            assert formats.passed_over(name, data[: formats.START]) == "", name


@pytest.mark.parametrize("name", ["a.heic", "a.PGM", "a.jp2", "empty.png"])
def test_an_unsupported_image_is_not_skipped(name):
    assert formats.passed_over(name, b"") == ""


@pytest.mark.parametrize(
    ("name", "data", "why"), [(n, *rest) for n, rest in bad_files.BESIDE.items()]
)
def test_other_files_are_skipped(name, data, why):
    assert formats.passed_over(name, data[: formats.START]) == why


def test_a_name_that_decides_saves_reading_the_file():
    assert formats.passed_over("4f2c") is None
    assert formats.passed_over("a.png") == "" and formats.passed_over("a.json") == ".json"


def test_the_answer_is_the_same_on_every_machine(monkeypatch):
    """Pillow's plugins and the system's MIME types have no effect."""
    monkeypatch.setattr(Image, "EXTENSION", {".txt": "PNG"})
    monkeypatch.setattr("mimetypes.guess_type", lambda *_: ("image/png", None))
    assert formats.passed_over("a.txt") == ".txt" and formats.passed_over("a.gif") == ""


def test_skipped_files_are_summarised_in_one_line():
    counts = {".json": 20, ".txt": 10}
    expected = "skipped: 30 files that are not images (.json 20, .txt 10)"
    assert formats.summary(counts) == expected
    many = {f".{number}": 1 for number in range(100)}
    assert formats.summary(many).endswith(", ...)") and len(formats.summary(many)) < 120
