import os

import pytest
from s3fs import S3FileSystem

from image_compressor import InputError
from image_compressor.places import Place


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
