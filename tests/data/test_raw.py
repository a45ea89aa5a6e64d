from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from image_compressor import InputError
from image_compressor.data import raw
from image_compressor.data.source import SourceImage
from image_compressor.ingest import ingestion


@pytest.fixture
def images(digits):
    return [SourceImage(f"{number}.png", pixels) for number, pixels in enumerate(digits[:6])]


def test_an_altered_or_missing_image_is_named(images, tmp_path):
    ingestion.write(images, tmp_path)
    path = tmp_path / raw.FILES / images[3].name
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(InputError, match=f"{images[3].name}.*differs from manifest.csv"):
        list(raw.read(tmp_path))
    path.unlink()
    with pytest.raises(InputError, match=f"{images[3].name}.*is missing"):
        list(raw.read(tmp_path))


def test_what_ingest_took_is_read_however_large(images, tmp_path, monkeypatch):
    ingestion.write(images, tmp_path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 9)  # the limit of Image.open
    assert len([*raw.read(tmp_path)]) == len(images)


@pytest.mark.parametrize("text", ["name\n", "\xff", ""])
def test_a_broken_manifest_is_refused(images, tmp_path, text):
    ingestion.write(images, tmp_path / "raw")
    (tmp_path / "raw" / raw.MANIFEST).write_text(text, "latin-1")
    with pytest.raises(InputError, match=raw.MANIFEST):
        list(raw.read(tmp_path / "raw"))


def test_without_a_manifest_the_stage_is_named(tmp_path):
    with pytest.raises(InputError, match="dvc repro ingest"):
        list(raw.read(tmp_path))


def test_facts_are_those_of_the_tables(images, tmp_path):
    labelled = [replace(image, label=str(number // 4)) for number, image in enumerate(images)]
    broken = SourceImage("broken.png", b"no image")
    ingestion.write([*labelled, broken], tmp_path / "raw", max_rejected=1)
    facts = raw.facts(tmp_path / "raw")
    assert (facts["images"], facts["sizes"], facts["labels"]) == (6, {"28x28": 6}, {"0": 4, "1": 2})
    assert facts["bytes"] == sum(path.stat().st_size for path in tmp_path.rglob("*.png"))
    assert facts["rejected"] == {"not an image": 1}
    assert [row["name"] for row in facts["rejections"]] == ["broken.png"]


def test_facts_list_no_more_than_some(tmp_path, monkeypatch):
    monkeypatch.setattr(raw, "LISTED", 2)
    noise = np.random.default_rng(0).integers(0, 256, (5, 20, 20), np.uint8)
    images = [SourceImage(f"{n}.png", image[: 12 + n], str(n)) for n, image in enumerate(noise)]
    ingestion.write(images, tmp_path / "raw")
    facts = raw.facts(tmp_path / "raw")
    assert len(facts["sizes"]) == len(facts["labels"]) == 2
    assert facts["different"] == {"sizes": 5, "labels": 5}
