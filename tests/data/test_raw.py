import pytest

from image_compressor import InputError
from image_compressor.data import ingestion, raw
from image_compressor.data.sources.source import SourceImage


@pytest.fixture
def images(digits):
    return [SourceImage(f"{number}.png", pixels) for number, pixels in enumerate(digits[:6])]


def test_an_altered_or_missing_image_is_named(images, tmp_path):
    ingestion.write(images, tmp_path)
    path = tmp_path / images[3].name
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(InputError, match=f"{images[3].name}.*another file"):
        list(raw.read(tmp_path))
    path.unlink()
    with pytest.raises(InputError, match=f"{images[3].name}.*no such file"):
        list(raw.read(tmp_path))


@pytest.mark.parametrize("text", ["name\n", "\xff", ""])
def test_a_broken_manifest_is_refused(images, tmp_path, text):
    ingestion.write(images, tmp_path / "raw")
    (tmp_path / "raw" / raw.MANIFEST).write_text(text, "latin-1")
    with pytest.raises(InputError, match=raw.MANIFEST):
        list(raw.read(tmp_path / "raw"))


def test_without_a_manifest_the_stage_is_named(tmp_path):
    with pytest.raises(InputError, match="dvc repro ingest"):
        list(raw.read(tmp_path))
