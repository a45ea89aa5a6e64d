import pytest

from image_compressor import InputError
from image_compressor.data.source import SourceImage
from image_compressor.ingest import ingestion, listing, scanning, sources
from image_compressor.ingest.sources.stored import Stored
from image_compressor.storage import Place
from tests.ingest import bad_files
from tests.sets.conftest import contents


@pytest.mark.slow
def test_object_storage_gives_what_a_disk_gives(object_storage, tmp_path):
    """Includes labels, splits and reasons."""
    source, place = tmp_path / "in", Place(f"{object_storage}/pictures")
    for number in range(20):
        path = source / ("train", "val", "test")[number % 3] / f"{number % 2}/[{number}] é?.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        bad_files.noise(number // 2, (16, 16)).save(path)
    bad = bad_files.contents()
    for name, (content, _) in bad.items():
        (source / name).write_bytes(content)
    for name, content in contents(source).items():
        place.put(name, content)
    place.put("", b"")  # web consoles mark a folder like this
    for name, path in (("disk", source), ("stored", str(place))):
        found = sources.find("directory", path=path)
        counts = ingestion.write(found, tmp_path / name, bad_files.MAX_PIXELS, max_rejected=1)
    assert counts["images"] == counts["duplicate"] == 10
    assert contents(tmp_path / "stored") == contents(tmp_path / "disk")


@pytest.mark.slow
def test_what_is_missing_is_a_line(object_storage, tmp_path):
    for address in ("s3://absent/images", f"{object_storage}/absent"):
        with pytest.raises(InputError, match=f"Cannot reach {address}"):
            sources.find("directory", path=address)
    place = Place(f"{object_storage}/a")
    place.put("b.png", b"")
    with pytest.raises(InputError, match="Received: the file"):
        sources.find("directory", path=f"{place}/b.png")
    place.put("c.png", bad_files.file(bad_files.noise(0), "PNG"))
    images = [SourceImage(name, Stored(place, name, 1)) for name in ("gone.png", "c.png")]
    counts = ingestion.write(images, tmp_path / "raw", max_rejected=1)
    assert counts == {"images": 1, "unreadable": 1}


@pytest.mark.slow
def test_what_changes_there_after_the_scan_is_rejected(object_storage, tmp_path):
    place = Place(f"{object_storage}/scanned")
    for number in range(4):
        place.put(f"a/{number}.png", bad_files.file(bad_files.noise(number), "PNG"))
    table = tmp_path / "source.csv"
    listing.write(table, scanning.at_place(place))
    before = table.read_bytes()
    place.put("a/0.png", bad_files.file(bad_files.noise(9), "PNG"))
    place.remove("a/1.png")
    found = sources.find("directory", path=str(place), listed=table)
    counts = ingestion.write(found, tmp_path / "raw", max_rejected=1)
    assert counts == {"images": 2, "changed": 2}
    listing.write(table, scanning.at_place(place))
    assert table.read_bytes() != before
