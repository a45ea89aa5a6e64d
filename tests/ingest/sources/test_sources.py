"""Choosing a source, and some of its images."""

from pathlib import Path

import numpy as np
import pytest

from image_compressor import InputError
from image_compressor.data.source import Source, SourceImage
from image_compressor.ingest import sources


@pytest.fixture(scope="module")
def animals():
    kinds = ["cat", "dog", "ant", "ant"]
    images = [SourceImage(f"{n:03}", np.zeros((1, 1)), kinds[n % 4]) for n in range(100)]
    return Source(lambda: iter(images), 100)


def names(source):
    found = [image.name for image in source]
    assert len(source) == len(found)
    return found


def test_labels_choose(animals):
    chosen = sources.choose(animals, ["cat", "dog"], None)
    assert names(chosen) == [f"{n:03}" for n in range(100) if n % 4 < 2]
    with pytest.raises(InputError, match=r"horse.*"):
        sources.choose(animals, ["cat", "horse"], None)
    with pytest.raises(InputError, match=r"cats. Did you mean cat\?"):
        sources.choose(animals, ["cats"], None)


def test_a_limit_takes_images_from_all_over_and_a_higher_one_the_same_and_more(animals):
    few, many = (names(sources.choose(animals, None, limit)) for limit in (20, 60))
    assert (len(few), len(many)) == (20, 60)
    assert set(few) < set(many)
    assert few == sorted(few)
    assert few[0] < "025" and few[-1] > "075"
    assert names(sources.choose(animals, None, 1000)) == names(animals)
    assert len(sources.choose(animals, ["cat"], 10)) == 10


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "directry"}, r"ingest.source.*Did you mean directory\? .*sources/__init__.py"),
        ({"name": "digits", "path": Path("photos")}, "no ingest.path.*directory, npy"),
        ({"name": "directory", "path": Path(), "dataset": "mnist"}, "no ingest.dataset.*tfds"),
        ({"name": "directory", "path": None}, "The source directory needs ingest.path"),
        ({"name": "tfds"}, "The source tfds needs ingest.dataset"),
    ],
)
def test_options_that_do_not_fit_the_source_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        sources.find(**options)
