from pathlib import Path

import pytest

from image_compressor.sets import decompressing
from image_compressor.storage import Place
from tests.sets.conftest import contents


@pytest.mark.slow
def test_object_storage_gives_the_same_bytes_as_a_disk(
    object_storage, compress, folder, exported, tmp_path
):
    source = Place(f"{object_storage}/images")
    for name, content in contents(folder).items():
        source.put(name, content)
    source.put(".hidden", b"")
    source.put("notes", b"no image")
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
