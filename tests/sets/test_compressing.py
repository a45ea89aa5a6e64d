import shutil
from dataclasses import replace

import pytest

from image_compressor import Codec, InputError
from image_compressor.codec import exported as codecs
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


@pytest.mark.parametrize("options", [{"quality": 30}, {"quality": 90, "effort": 2}])
def test_each_part_is_the_file_that_compress_writes_for_its_images(
    compress, folder, exported, tmp_path, options
):
    (part,) = compress(partitions=1, **options)
    assert compress(partitions=1, **options) == [part]
    names, codec = [*find(folder).names], Codec.load(exported)
    pictures = [compressing.inputs.read(folder / name, (16, 16, 1)) for name in names]
    expected = codec.compress(pictures, names, **options)
    assert (tmp_path / "out" / part.name).read_bytes() == expected


def test_finished_parts_are_not_written_again(compress, tmp_path):
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
        ({"quality": 60}, "written with --quality 50"),
        ({"partitions": 5}, "written with --partitions 6"),
        ({"fit": "crop"}, "written with no --fit"),
        ({"codec": "digits"}, "written with another codec"),
        ({"effort": 1}, "written with --effort 0"),
        ({"metadata": True}, "written with no metadata"),
    ],
)
def test_an_output_with_other_settings_is_refused_and_stays(compress, tmp_path, options, message):
    compress()
    before = contents(tmp_path / "out")
    with pytest.raises(InputError, match=message):
        compress(**options)
    assert contents(tmp_path / "out") == before


def test_an_output_with_other_images_is_refused(compress, folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "copy")
    compress(source=copy)
    (copy / "0/00.png").rename(copy / "0/0.png")
    with pytest.raises(InputError, match="written with other images"):
        compress(source=copy)


def test_an_output_with_a_file_without_names_is_refused(compress, exported, pictures, tmp_path):
    compress()
    (tmp_path / "out/part-00000.imgc").write_bytes(Codec.load(exported).compress(pictures[:3]))
    with pytest.raises(InputError, match=r"part-00000\.imgc in .* belongs to another set"):
        compress()


def test_an_output_with_other_files_is_refused(compress, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine").touch()
    with pytest.raises(InputError, match="contains files"):
        compress()


def test_a_part_of_another_partition_is_refused(compress, tmp_path):
    compress()
    parts = [tmp_path / f"out/part-0000{number}.imgc" for number in (1, 2)]
    shutil.copy(*parts)
    with pytest.raises(InputError, match=r"part-00002\.imgc .* belongs to another set"):
        compress()


@pytest.mark.parametrize("partitions", [0, 21])
def test_there_are_no_more_partitions_than_images(compress, partitions):
    with pytest.raises(InputError, match="1 to 20 partitions"):
        compress(partitions=partitions)


@pytest.fixture
def damaged(folder, tmp_path):
    """The folder with two damaged images more, and a file that is not an image."""
    copy = shutil.copytree(folder, tmp_path / "damaged")
    (copy / "0/00.gif").write_text("none")
    (copy / "0/00.txt").write_text("none")
    (copy / "2/99.png").write_bytes((copy / "2/02.png").read_bytes()[:90])
    return copy


def test_unusable_images_are_left_out_on_request_and_listed(compress, damaged):
    with pytest.raises(InputError, match=r"0/00\.gif"):
        compress(source=damaged)
    parts = compress(source=damaged, skip=True)
    assert sum(part.images for part in parts) == 20
    left_out = {name: why for part in parts for name, why in part.rejected.items()}
    assert left_out.keys() == {"0/00.gif", "2/99.png"}
    assert "whole image file" in left_out["2/99.png"]


def test_a_partition_without_a_usable_image_is_refused(compress, damaged):
    with pytest.raises(InputError, match=r"0/00\.gif"):
        compress(source=damaged, partitions=22, skip=True)


def test_a_worker_with_another_version_or_codec_is_refused(folder, exported, tmp_path):
    codec = shutil.copytree(exported, tmp_path / "codec")
    job, paths = compressing.begin(folder, tmp_path / "out", codec, 6)
    with pytest.raises(InputError, match=r"image-compressor 9\.9 on every worker"):
        compressing.compress_part(replace(job, version="9.9"), 0, paths[0])
    with pytest.raises(InputError, match=r"tables\.npz .* on every worker"):
        compressing.compress_part(replace(job, codec="digits"), 0, paths[0])
    assert not (tmp_path / "out/part-00000.imgc").exists()


def test_a_worker_that_does_not_share_the_output_is_refused(folder, exported, tmp_path):
    job, paths = compressing.begin(folder, tmp_path / "out", exported, 6)
    with pytest.raises(InputError, match="all workers share"):
        compressing.compress_part(replace(job, output=str(tmp_path / "other")), 0, paths[0])
    assert not (tmp_path / "other").exists()


def test_images_are_not_left_out_while_storage_fails(folder, exported, tmp_path, monkeypatch):
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
    shutil.copytree(codecs.find("digits"), codec)
    assert worker.loaded(codec, worker.facts(codec)).identity != first.identity
