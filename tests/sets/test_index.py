"""index.json as others may have written it."""

import json
from dataclasses import asdict

import pytest

from image_compressor import InputError
from image_compressor.sets import index
from image_compressor.storage import Place

PLAN = index.Plan({}, 50, False, 5, "names", 2)
PARTS = [
    index.Part("part-00000.imgc", 2, 90, "a", "b", {"c": "damaged"}),
    index.Part("part-00001.imgc", 2, 80, "d", "e"),
]


@pytest.fixture
def read(tmp_path):
    """Reads an index with these changes."""

    def read(plan=(), first=(), **facts):
        parts = [{**asdict(PARTS[0]), **dict(first)}, asdict(PARTS[1])]
        written = {"format": 1, "plan": {**asdict(PLAN), **dict(plan)}, "parts": parts, **facts}
        (tmp_path / index.INDEX).write_text(json.dumps(written))
        return index.read(Place(tmp_path))

    return read


def test_reading_inverts_writing(read):
    assert read() == (PLAN, PARTS)


@pytest.mark.parametrize(
    "name", ["../../x.imgc", "/x.imgc", "s3://bucket/x.imgc", "part-00001.imgc", "x.imgc", ""]
)
def test_a_part_is_one_of_the_set_and_each_is_there_once(read, name):
    with pytest.raises(InputError, match="2 files with 5 that it plans"):
        read(first={"name": name})


@pytest.mark.parametrize("change", [{"images": 3}, {"images": -2}, {"bytes": 0}, {"rejected": {}}])
def test_images_are_those_that_are_planned(read, change):
    with pytest.raises(InputError, match="5 that it plans"):
        read(first=change)


@pytest.mark.parametrize(
    "changes",
    [
        {"plan": {"partitions": 10**12}},
        {"plan": {"quality": "50"}},
        {"plan": {"fit": 1}},
        {"first": {"images": 2.5}},
        {"first": {"rejected": ["c"]}},
        {"parts": {}},
        {"parts": []},
        {"format": [1]},
        {"format": 2},
    ],
)
def test_what_is_no_index_is_a_line(read, changes):
    with pytest.raises(InputError):
        read(**changes)
