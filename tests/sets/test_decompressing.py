import shutil
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from image_compressor import Codec, InputError
from image_compressor.sets import decompressing
from image_compressor.sets.collection import Collection
from tests.sets.conftest import contents


@pytest.fixture
def begun(compress, exported, tmp_path):
    """A job, and the number of its partitions."""
    compress()
    job, parts = decompressing.begin(tmp_path / "out", tmp_path / "back", exported)
    return job, len(parts)


def test_exactly_the_images_come_back_under_their_names(begun, exported, tmp_path):
    job, count = begun
    assert sum(decompressing.decompress_part(job, number) for number in range(count)) == 20
    decompressing.end(job, count)
    with Collection(Codec.load(exported), tmp_path / "out") as collection:
        names = [*collection.names()]
        assert sorted(contents(tmp_path / "back")) == names
        for name, image in zip(names, collection, strict=True):
            assert np.array_equal(Image.open(tmp_path / "back" / name), image)


def test_an_interrupted_run_resumes(begun, exported, tmp_path):
    job, count = begun
    decompressing.decompress_part(job, 0)
    first = min((tmp_path / "back").rglob("*.png"))
    time = first.stat().st_mtime_ns
    again, parts = decompressing.begin(tmp_path / "out", tmp_path / "back", exported)
    assert (again, len(parts)) == (job, count)
    for number in range(count):
        decompressing.decompress_part(again, number)
    decompressing.end(again, count)
    assert first.stat().st_mtime_ns == time
    assert len(contents(tmp_path / "back")) == 20


def test_an_output_of_another_set_or_with_other_files_is_refused(
    begun, compress, exported, tmp_path
):
    compress(tmp_path / "other", quality=10)
    with pytest.raises(InputError, match="contains images of another set"):
        decompressing.begin(tmp_path / "other", tmp_path / "back", exported)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/file").touch()
    with pytest.raises(InputError, match="contains files"):
        decompressing.begin(tmp_path / "out", tmp_path / "mine", exported)


def test_another_codec_is_refused_before_anything_is_written(compress, tmp_path):
    compress()
    with pytest.raises(InputError, match="a file of codec"):
        decompressing.begin(tmp_path / "out", tmp_path / "back", "digits")
    assert not (tmp_path / "back").exists()


def test_a_worker_with_another_version_codec_or_output_is_refused(begun, exported, tmp_path):
    job, _ = begun
    facts = job.facts | {"image-compressor": "9.9"}
    other = shutil.copytree(exported, tmp_path / "other")
    (other / "tables.npz").unlink()
    for changed, message in [
        (replace(job, facts=facts), r"image-compressor 9\.9 on every worker"),
        (replace(job, codec="digits"), r"tables\.npz .* on every worker"),
        (replace(job, codec=str(other)), r"tables\.npz .* on every worker.* Received: none"),
        (replace(job, codec="digits", facts={}), "a file of codec"),
        (replace(job, output=str(tmp_path / "elsewhere")), "all workers share"),
    ]:
        with pytest.raises(InputError, match=message):
            decompressing.decompress_part(changed, 0)
    assert len(contents(tmp_path / "back")) == 1
    assert not (tmp_path / "elsewhere").exists()
