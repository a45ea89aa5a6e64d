"""Validation of index.json."""

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
    """A function that reads an index with the given changes."""

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
def test_each_part_must_have_its_planned_name(read, name):
    with pytest.raises(InputError, match="plans 2 files with 5 images"):
        read(first={"name": name})


@pytest.mark.parametrize("change", [{"images": 3}, {"images": -2}, {"bytes": 0}, {"rejected": {}}])
def test_the_images_must_add_up_to_the_plan(read, change):
    with pytest.raises(InputError, match="plans 2 files with 5 images"):
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
def test_an_invalid_index_is_refused(read, changes):
    with pytest.raises(InputError):
        read(**changes)
