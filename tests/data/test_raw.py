import csv
import hashlib

import numpy as np
import pytest

from image_compressor import InputError
from image_compressor.data import raw
from image_compressor.data.sources import SOURCES
from image_compressor.data.sources.source import SourceImage


@pytest.fixture(scope="module")
def images():
    return raw.sample(SOURCES["digits"](), 60)


def test_the_digits_are_5000_of_ten_classes():
    images = list(SOURCES["digits"]())
    assert len({image.name for image in images}) == len(images) == 5000
    assert {image.label for image in images} == set("0123456789")
    assert all(image.pixels.shape == (28, 28) for image in images)


def test_a_sample_spreads_over_the_classes_and_grows_with_the_limit(images):
    assert len(images) == 60
    assert len({image.label for image in images}) == 10
    smaller = {image.name for image in raw.sample(SOURCES["digits"](), 20)}
    assert smaller < {image.name for image in images}


def test_reading_gives_what_was_written(images, tmp_path):
    assert raw.write(images, tmp_path) == len(images)
    for before, after in zip(images, raw.read(tmp_path), strict=True):
        assert np.array_equal(before.pixels, after.pixels)
        assert (before.name, before.label) == (after.name, after.label)


def test_the_manifest_describes_the_files(images, tmp_path):
    colour = SourceImage("colour/a.png", np.zeros((5, 7, 3), np.uint8), split="test")
    raw.write([*images, colour], tmp_path)
    with (tmp_path / raw.MANIFEST).open() as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        data = (tmp_path / row["name"]).read_bytes()
        assert row["sha256"] == hashlib.sha256(data).hexdigest()
        assert int(row["bytes"]) == len(data)
    assert [rows[-1][key] for key in ("width", "height", "mode", "split")] == [
        "7",
        "5",
        "RGB",
        "test",
    ]
    assert [rows[0][key] for key in ("width", "height", "mode", "split")] == ["28", "28", "L", ""]


def test_an_altered_or_missing_image_is_named(images, tmp_path):
    raw.write(images, tmp_path)
    path = tmp_path / images[3].name
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(InputError, match=f"{images[3].name}.*another file"):
        list(raw.read(tmp_path))
    path.unlink()
    with pytest.raises(InputError, match=f"{images[3].name}.*no such file"):
        list(raw.read(tmp_path))


@pytest.mark.parametrize("text", ["name\n", "\xff", ""])
def test_a_broken_manifest_is_refused(images, tmp_path, text):
    raw.write(images, tmp_path / "raw")
    (tmp_path / "raw" / raw.MANIFEST).write_text(text, "latin-1")
    with pytest.raises(InputError, match=raw.MANIFEST):
        list(raw.read(tmp_path / "raw"))


def test_without_a_manifest_the_stage_is_named(tmp_path):
    with pytest.raises(InputError, match="dvc repro ingest"):
        list(raw.read(tmp_path))
