import shutil
from dataclasses import replace

import pytest

from image_compressor import Codec, InputError
from image_compressor.images.finding import find
from image_compressor.sets import compressing, index, worker
from image_compressor.storage import Place, Unreachable
from tests.sets.conftest import contents


def test_every_image_is_in_one_part_and_neighbours_stay_neighbours(compress, folder, tmp_path):
    parts = compress()
    assert [part.images for part in parts] == [3, 3, 4, 3, 3, 4]
    names = []
    for part in parts:
        with (tmp_path / "out" / part.name).open("rb") as file:
            names += compressing.Reader(file).header.names
    assert names == [*find(folder).names]
    assert index.read(Place(tmp_path / "out"))[1] == parts


def test_each_part_is_the_file_that_compress_writes_of_its_images(
    compress, folder, exported, tmp_path
):
    (part,) = compress(partitions=1, quality=30)
    names, codec = [*find(folder).names], Codec.load(exported)
    pictures = [compressing.images.read(folder / name, (16, 16, 1)) for name in names]
    expected = codec.compress(pictures, names, quality=30)
    assert (tmp_path / "out" / part.name).read_bytes() == expected


def test_what_is_finished_is_not_done_again(compress, tmp_path):
    compress()
    before = contents(tmp_path / "out")
    kept, lost = tmp_path / "out/part-00001.imgc", tmp_path / "out/part-00002.imgc"
    time = kept.stat().st_mtime_ns
    lost.unlink()
    compress()
    assert contents(tmp_path / "out") == before
    assert kept.stat().st_mtime_ns == time


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"quality": 60}, "same quality.* one with quality 50"),
        ({"partitions": 5}, "same partitions.* one with partitions 6"),
        ({"fit": True}, "same fit.* one with fit False"),
        ({"codec": "digits"}, "same codec"),
    ],
)
def test_an_output_of_other_settings_is_refused_and_stays(compress, tmp_path, options, message):
    compress()
    before = contents(tmp_path / "out")
    with pytest.raises(InputError, match=message):
        compress(**options)
    assert contents(tmp_path / "out") == before


def test_so_is_one_of_other_images(compress, folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "copy")
    compress(source=copy)
    (copy / "0/00.png").rename(copy / "0/0.png")
    with pytest.raises(InputError, match="same names"):
        compress(source=copy)


def test_so_is_a_file_without_names_in_the_place_of_one(compress, exported, pictures, tmp_path):
    compress()
    (tmp_path / "out/part-00000.imgc").write_bytes(Codec.load(exported).compress(pictures[:3]))
    with pytest.raises(InputError, match=r"part-00000\.imgc in .*, which is of others"):
        compress()


def test_so_are_files_of_something_else(compress, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine").touch()
    with pytest.raises(InputError, match="new or empty output"):
        compress()


def test_so_is_a_part_of_another_set(compress, tmp_path):
    compress()
    parts = [tmp_path / f"out/part-0000{number}.imgc" for number in (1, 2)]
    shutil.copy(*parts)
    with pytest.raises(InputError, match=r"part-00002\.imgc .* is of others"):
        compress()


@pytest.mark.parametrize("partitions", [0, 21])
def test_there_are_no_more_partitions_than_images(compress, partitions):
    with pytest.raises(InputError, match="1 to 20 partitions"):
        compress(partitions=partitions)


@pytest.fixture
def damaged(folder, tmp_path):
    """The folder with two images more that are none, and a file that is not meant as one."""
    copy = shutil.copytree(folder, tmp_path / "damaged")
    (copy / "0/00.gif").write_text("none")
    (copy / "0/00.txt").write_text("none")
    (copy / "2/99.png").write_bytes((copy / "2/02.png").read_bytes()[:90])
    return copy


def test_what_cannot_be_used_is_left_out_where_that_is_asked_for_and_told(compress, damaged):
    with pytest.raises(InputError, match=r"0/00\.gif"):
        compress(source=damaged)
    parts = compress(source=damaged, skip=True)
    assert sum(part.images for part in parts) == 20
    left_out = {name: why for part in parts for name, why in part.rejected.items()}
    assert left_out.keys() == {"0/00.gif", "2/99.png"}
    assert "whole image file" in left_out["2/99.png"]


def test_a_partition_without_any_image_that_can_be_used_is_refused(compress, damaged):
    with pytest.raises(InputError, match=r"0/00\.gif"):
        compress(source=damaged, partitions=22, skip=True)


def test_a_worker_with_another_version_or_codec_is_told_so(folder, exported, tmp_path):
    codec = shutil.copytree(exported, tmp_path / "codec")
    job, paths = compressing.begin(folder, tmp_path / "out", codec, 6)
    with pytest.raises(InputError, match=r"image-compressor 9\.9 on every worker"):
        compressing.compress_part(replace(job, version="9.9"), 0, paths[0])
    with pytest.raises(InputError, match=r"tables\.npz .* on every worker"):
        compressing.compress_part(replace(job, codec="digits"), 0, paths[0])
    assert not (tmp_path / "out/part-00000.imgc").exists()


def test_so_is_one_that_does_not_share_the_output(folder, exported, tmp_path):
    job, paths = compressing.begin(folder, tmp_path / "out", exported, 6)
    with pytest.raises(InputError, match="all workers share"):
        compressing.compress_part(replace(job, output=str(tmp_path / "other")), 0, paths[0])
    assert not (tmp_path / "other").exists()


def test_images_that_storage_does_not_give_now_are_not_left_out(
    folder, exported, tmp_path, monkeypatch
):
    place = Place("memory://given")
    for name, content in contents(folder).items():
        place.put(name, content)
    job, paths = compressing.begin(place.address, tmp_path / "out", exported, 1, skip=True)
    read = Place.read

    def flaky(place, name):
        if name == [*paths[0]][7]:
            raise Unreachable("storage", "none", "Wait.")
        return read(place, name)

    monkeypatch.setattr(Place, "read", flaky)
    with pytest.raises(Unreachable):
        compressing.compress_part(job, 0, paths[0])
    assert not (tmp_path / "out/part-00000.imgc").exists()
    monkeypatch.undo()
    assert compressing.compress_part(job, 0, paths[0]).images == 20


def test_a_codec_that_is_exported_again_is_loaded_again(exported, tmp_path):
    codec = shutil.copytree(exported, tmp_path / "codec")
    first = worker.loaded(codec, worker.facts(codec))
    assert worker.loaded(codec, worker.facts(codec)) is first
    shutil.rmtree(codec)
    shutil.copytree(exported.find("digits"), codec)
    assert worker.loaded(codec, worker.facts(codec)).identity != first.identity
