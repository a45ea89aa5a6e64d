import os
import socket
import time

import pytest
from s3fs import S3FileSystem

from image_compressor import InputError
from image_compressor.storage import Place


@pytest.mark.slow
def test_missing_buckets_and_credentials_are_one_line(object_storage, monkeypatch, tmp_path):
    with pytest.raises(InputError, match="Cannot reach s3://absent"):
        Place("s3://absent").put("a", b"")
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    S3FileSystem.clear_instance_cache()
    with pytest.raises(InputError, match="Unable to locate credentials"):
        Place("s3://codecs/other").find()


@pytest.mark.slow
def test_missing_credentials_are_an_error_at_once_away_from_ec2(monkeypatch, tmp_path):
    """EC2's address for credentials does not answer elsewhere."""
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
def test_an_unknown_address_is_one_line(address):
    with pytest.raises(InputError):
        Place(address).find()


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    for place in (Place(tmp_path / "a"), Place("memory://a")):
        with pytest.raises(KeyError), place.writing("file") as file:
            file.write(b"half")
            raise KeyError
        assert not place.exists("file")
        with place.writing("file") as file:
            file.write(b"whole")
        assert place.read("file") == b"whole"
