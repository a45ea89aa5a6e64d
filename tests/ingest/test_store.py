"""data/raw with its PNG files in object storage, compared with one on a disk."""

import pytest

from image_compressor import InputError
from image_compressor.data import preparation, raw, records
from image_compressor.data.source import SourceImage
from image_compressor.images.fitting import Policy
from image_compressor.ingest import ingestion
from image_compressor.storage import Place
from tests.sets.conftest import contents


def prepared(directory):
    """Makes a data/prepared of this data/raw, and returns its bytes."""
    manifest = raw.Manifest(directory)
    rows = preparation.images(directory, manifest, manifest.splits, Policy(1), 0.2, 0.2)
    records.write(rows, directory.with_suffix(".prepared"), 0.2, 0.2, 10**4)
    return contents(directory.with_suffix(".prepared"))


@pytest.mark.slow
def test_a_store_gives_the_tables_and_the_records_that_a_disk_gives(
    object_storage, digits, tmp_path
):
    images = [SourceImage(f"{n % 7}/{n}.png", digits[n % 50]) for n in range(60)]
    places = tmp_path / "disk", tmp_path / "stored"
    store = Place(f"{object_storage}/raw")
    ingestion.write(images, places[0], max_rejected=1)
    ingestion.write(images, places[1], max_rejected=1, store=store)
    disk, stored = (contents(place) for place in places)
    assert stored.pop(f"{raw.FILES}/{raw.STORE}") == b"s3://codecs/raw\n"
    assert stored == {name: disk[name] for name in (raw.MANIFEST, raw.REJECTED)}
    assert len(store.find()) == 50
    assert prepared(places[0]) == prepared(places[1])


@pytest.mark.slow
def test_what_is_missing_is_a_line(object_storage, digits, tmp_path):
    images = [SourceImage(f"{number}.png", digits[number]) for number in range(3)]
    with pytest.raises(InputError, match="Cannot reach s3://absent/raw"):
        ingestion.write(images, tmp_path / "raw", store=Place("s3://absent/raw"))
    assert not (tmp_path / "raw").exists()
    store = Place(f"{object_storage}/few")
    ingestion.write(images, tmp_path / "raw", store=store)
    name = next(iter(store.find()))
    store.put(name, b"altered")
    with pytest.raises(InputError, match="differs from manifest"):
        [*raw.read(tmp_path / "raw")]
    store.remove(name)
    with pytest.raises(InputError, match="is missing"):
        [*raw.read(tmp_path / "raw")]
