"""The kind of a file, by its name and its first bytes."""

import pytest
from PIL import Image

from image_compressor.images import formats
from tests.ingest import bad_files


def test_every_format_is_told_by_its_ending_and_by_its_first_bytes():
    assert set(formats.FORMATS) == bad_files.FORMATS.keys()
    for kind, ending in bad_files.FORMATS.items():
        data = bad_files.file(bad_files.noise(0), kind)
        assert formats.kind(data[: formats.START]) == formats.ENDINGS[f".{ending}"] == kind
        for name in (f"a.{ending}", f"a.{ending.upper()}", f"a.{ending}. ", "4f2c", "a.part"):
            assert formats.passed_over(name, data[: formats.START]) == "", name


@pytest.mark.parametrize("name", ["a.heic", "a.PGM", "a.jp2", "empty.png"])
def test_an_image_that_cannot_be_read_is_not_passed_over(name):
    assert formats.passed_over(name, b"") == ""


@pytest.mark.parametrize(
    ("name", "data", "why"), [(n, *rest) for n, rest in bad_files.BESIDE.items()]
)
def test_what_lies_beside_images_is_passed_over(name, data, why):
    assert formats.passed_over(name, data[: formats.START]) == why


def test_a_name_that_tells_saves_reading_the_file():
    assert formats.passed_over("4f2c") is None
    assert formats.passed_over("a.png") == "" and formats.passed_over("a.json") == ".json"


def test_the_answer_is_the_same_on_every_machine(monkeypatch):
    """Pillow's plugins and the system's MIME types are not asked."""
    monkeypatch.setattr(Image, "EXTENSION", {".txt": "PNG"})
    monkeypatch.setattr("mimetypes.guess_type", lambda *_: ("image/png", None))
    assert formats.passed_over("a.txt") == ".txt" and formats.passed_over("a.gif") == ""


def test_what_was_passed_over_is_told_in_one_line():
    counts = {".json": 20, ".txt": 10}
    expected = "passed over: 30 files that are not images (.json 20, .txt 10)"
    assert formats.told(counts) == expected
    many = {f".{number}": 1 for number in range(100)}
    assert formats.told(many).endswith(", ...)") and len(formats.told(many)) < 120
