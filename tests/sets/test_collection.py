import gc
import json
import multiprocessing
import pickle
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from image_compressor import Codec, InputError
from image_compressor.sets import compressing
from image_compressor.sets.collection import OPEN, Collection


@pytest.fixture
def place(compress, tmp_path):
    compress(tmp_path / "out", partitions=OPEN + 3)
    return tmp_path / "out"


@pytest.fixture
def collection(place, exported):
    with Collection(Codec.load(exported), place) as collection:
        yield collection


@pytest.fixture
def whole(compress, exported, tmp_path):
    """{name: image}, decoded from a set with a single file."""
    compress(tmp_path / "one", partitions=1)
    with (tmp_path / "one/part-00000.imgc").open("rb") as file:
        archive = Codec.load(exported).open(file)
        return dict(zip(archive.header.names, archive, strict=True))


def test_a_set_is_one_archive(collection, whole):
    images = list(whole.values())
    assert len(collection) == 20 and [*collection.names()] == [*whole]
    assert np.array_equal(list(collection), images)
    assert np.array_equal([collection[number] for number in range(20)], images)
    assert np.array_equal([collection[number] for number in range(-20, 0)], images)
    assert np.array_equal(collection[3:17:5], images[3:17:5])
    assert all(np.array_equal(collection[name], image) for name, image in whole.items())


@pytest.mark.parametrize("number", [20, -21])
def test_a_number_out_of_range_raises_index_error(collection, number):
    with pytest.raises(IndexError, match="below 20"):
        collection[number]


@pytest.mark.parametrize("name", ["", "0/0.png", "1/011.png", "z"])
def test_an_unknown_name_is_refused(collection, name):
    with pytest.raises(InputError, match="an image of the set"):
        collection[name]


def test_only_a_few_files_are_open_at_once(collection):
    for _ in collection:
        assert len(collection._opened().archives) <= OPEN


def test_threads_may_read_concurrently(collection, whole):
    images, numbers = list(whole.values()), np.random.default_rng(0).integers(0, 20, 400)
    with ThreadPoolExecutor(8) as pool:
        for number, image in zip(numbers, pool.map(collection.__getitem__, numbers), strict=True):
            assert np.array_equal(image, images[number])
    assert len(collection._opened().archives) <= OPEN


def test_processes_may_read_concurrently(collection, whole):
    images, pickled = list(whole.values()), pickle.dumps(collection)
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert np.array_equal(pool.map(collection.__getitem__, range(20)), images)
    assert np.array_equal(list(pickle.loads(pickled)), images)


def test_reading_a_closed_set_is_refused(place, exported):
    with Collection(Codec.load(exported), place) as collection:
        archive = collection.archive(0)
    with pytest.raises(InputError, match="This set is closed"):
        collection[0]
    with pytest.raises(InputError, match="file of this archive is closed"):
        archive[0]


def test_it_is_freed_at_once_and_its_files_are_closed(place, exported):
    gc.collect()
    gc.disable()
    try:
        collection = Collection(Codec.load(exported), place)
        file = collection.archive(0).reader.read.file
        assert len(list(collection)) == 20
        freed = [weakref.ref(collection), weakref.ref(collection.codec)]
        del collection
        assert [ref() for ref in freed] == [None, None] and file.closed
    finally:
        gc.enable()


def test_an_unfinished_set_is_refused(folder, exported, tmp_path):
    compressing.begin(folder, tmp_path / "out", exported, 6)
    with pytest.raises(InputError, match="is not finished"):
        Collection(Codec.load(exported), tmp_path / "out")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 2}', '{"format": 1, "parts": [1]}'])
def test_a_broken_index_is_refused(place, exported, text):
    (place / "index.json").write_text(text)
    with pytest.raises(InputError, match=r"the index\.json|format 1 of index\.json"):
        Collection(Codec.load(exported), place)


def test_a_part_that_is_missing_or_has_other_images_is_refused(place, exported):
    facts = json.loads((place / "index.json").read_text())
    facts["parts"][1]["images"] += 1
    facts["plan"]["images"] += 1
    (place / "index.json").write_text(json.dumps(facts))
    (place / "part-00000.imgc").unlink()
    with Collection(Codec.load(exported), place) as collection:
        with pytest.raises(InputError, match=r"part-00000\.imgc"):
            collection[0]
        with pytest.raises(InputError, match=r"part-00001\.imgc"):
            collection[2]


def test_a_part_without_names_is_refused(place, exported, pictures):
    """Its numbers of images and bytes agree with the index."""
    codec, facts = Codec.load(exported), json.loads((place / "index.json").read_text())
    data = codec.compress(pictures[: facts["parts"][0]["images"]])
    (place / "part-00000.imgc").write_bytes(data)
    facts["parts"][0]["bytes"] = len(data)
    (place / "index.json").write_text(json.dumps(facts))
    with Collection(codec, place) as collection:
        with pytest.raises(InputError, match="without names"):
            list(collection.names())
        with pytest.raises(InputError, match="without names"):
            collection[0]
