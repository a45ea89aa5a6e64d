import numpy as np
import pytest

from image_compressor import InputError
from image_compressor.data import datasets, records
from image_compressor.data.source import SourceImage
from image_compressor.data.splits import SPLITS, split_of


@pytest.fixture(scope="module")
def images(digits):
    return [SourceImage(f"{n}.png", pixels, str(n)) for n, pixels in enumerate(digits)]


def write(images, directory, shard=50):
    return records.write(images, directory, validation=0.2, test=0.2, shard_bytes=shard * 784)


def contents(directory):
    return {path.name: path.read_bytes() for path in directory.iterdir()}


def test_equal_images_give_equal_bytes(images, tmp_path):
    write(images, tmp_path / "a")
    write(images, tmp_path / "b")
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert "train-00001.tfrecord" in contents(tmp_path / "a"), "several shards"


def test_every_image_is_in_one_split_and_comes_back(images, tmp_path):
    facts = write(images, tmp_path)
    arrays = {split: datasets.sample(tmp_path, split) for split in SPLITS}
    assert {split: len(array) for split, array in arrays.items()} == {
        split: facts["splits"][split]["count"] for split in SPLITS
    }
    back = sorted(image.tobytes() for array in arrays.values() for image in array)
    assert back == sorted(image.content.tobytes() for image in images)


def test_facts(images, tmp_path):
    doubled = [*images, SourceImage("again.png", images[0].content)]
    facts = write(doubled, tmp_path)
    assert records.read_facts(tmp_path) == facts
    assert facts["shape"] == [28, 28, 1]
    for split in SPLITS:
        mean = datasets.sample(tmp_path, split).mean()
        assert facts["splits"][split]["mean"] == pytest.approx(mean)
    assert sum(facts["splits"][split]["duplicates"] for split in SPLITS) == 1


def test_shares_are_about_those_asked_for(digits):
    images = [digits[n % 200] + np.uint8(n // 200) for n in range(2000)]
    splits = [split_of(image, 0.1, 0.2) for image in images]
    assert abs(splits.count("validation") / 2000 - 0.1) < 0.03
    assert abs(splits.count("test") / 2000 - 0.2) < 0.04


def test_adding_images_moves_none_and_duplicates_never_straddle(images, tmp_path):
    def members(directory):
        return {
            split: {image.tobytes() for image in datasets.sample(directory, split)}
            for split in SPLITS
        }

    again = [SourceImage(f"again/{image.name}", image.content) for image in images[:50]]
    write(images[:120], tmp_path / "few")
    write([*again, *reversed(images)], tmp_path / "many")
    few, many = members(tmp_path / "few"), members(tmp_path / "many")
    assert all(few[split] <= many[split] for split in SPLITS)
    assert sum(map(len, many.values())) == len(set.union(*many.values()))


def test_a_split_of_the_source_is_kept(images, tmp_path):
    labelled = [
        SourceImage(image.name, image.content, split=SPLITS[n % 3])
        for n, image in enumerate(images)
    ]
    facts = write(labelled, tmp_path)
    assert [facts["splits"][split]["count"] for split in SPLITS] == [67, 67, 66]


def test_too_few_images_for_every_split_are_refused(images, tmp_path):
    with pytest.raises(InputError, match="A split has no images"):
        write(images[:2], tmp_path)


def test_what_is_missing_is_named(images, tmp_path):
    with pytest.raises(InputError, match="dvc repro preprocess"):
        records.read_facts(tmp_path)
    write(images, tmp_path)
    for path in tmp_path.glob("test-*"):
        path.unlink()
    with pytest.raises(InputError, match="test-"):
        datasets.images(tmp_path, "test")


def test_records_replace_those_of_before_and_an_error_leaves_them(images, tmp_path):
    write(images, tmp_path / "prepared", shard=20)
    write(images, tmp_path / "prepared", shard=500)
    before = contents(tmp_path / "prepared")
    assert "train-00001.tfrecord" not in before
    with pytest.raises(InputError):
        write(images[:2], tmp_path / "prepared")
    assert contents(tmp_path / "prepared") == before
    assert [path.name for path in tmp_path.iterdir()] == ["prepared"]
