import os
import socket
import time
from pathlib import Path

import pytest
from s3fs import S3FileSystem

from image_compressor import InputError
from image_compressor.bulk import decompressing
from image_compressor.bulk.places import Place
from tests.bulk.conftest import contents


@pytest.fixture
def object_storage(bucket, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", bucket["endpointurl"])
    S3FileSystem.clear_instance_cache()  # which has the credentials of before
    return "s3://codecs"


@pytest.mark.slow
def test_object_storage_gives_the_bytes_that_a_disk_gives(
    object_storage, compress, folder, exported, tmp_path
):
    source = Place(f"{object_storage}/images")
    for name, content in contents(folder).items():
        source.put(name, content)
    source.put(".hidden", b"")
    assert source.find() == Place(folder).find()
    compress(tmp_path / "out")
    compress(f"{object_storage}/out", str(source))
    stored = Place(f"{object_storage}/out")
    assert {name: stored.read(name) for name in stored.find()} == contents(tmp_path / "out")
    backs = str(tmp_path / "back"), f"{object_storage}/back"
    for output in backs:
        job, parts = decompressing.begin(f"{object_storage}/out", output, exported)
        assert sum(decompressing.decompress_part(job, number) for number in range(6)) == 20
        decompressing.end(job, len(parts))
    stored = Place(backs[1])
    assert {name: stored.read(name) for name in stored.find()} == contents(Path(backs[0]))


@pytest.mark.slow
def test_what_is_missing_is_a_line(object_storage, monkeypatch, tmp_path):
    with pytest.raises(InputError, match="absent to be reached"):
        Place("s3://absent").put("a", b"")
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    S3FileSystem.clear_instance_cache()
    with pytest.raises(InputError, match="Unable to locate credentials"):
        Place("s3://codecs/other").find()


@pytest.mark.slow
def test_credentials_are_not_waited_for_where_no_machine_gives_them(monkeypatch, tmp_path):
    """Nothing answers at the address where EC2 has them."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    S3FileSystem.clear_instance_cache()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", address)
        began = time.monotonic()
        with pytest.raises(InputError, match="Unable to locate credentials"):
            Place("s3://codecs/other").find()
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("address", ["nothing://a", "absent"])
def test_a_place_that_is_none_is_a_line(address):
    with pytest.raises(InputError):
        Place(address).find()


def test_a_file_is_there_whole_or_not_at_all(tmp_path):
    for place in (Place(tmp_path / "a"), Place("memory://a")):
        with pytest.raises(KeyError), place.writing("file") as file:
            file.write(b"half")
            raise KeyError
        assert not place.exists("file")
        with place.writing("file") as file:
            file.write(b"whole")
        assert place.read("file") == b"whole"
