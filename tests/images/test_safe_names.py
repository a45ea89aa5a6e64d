import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image_compressor.codec.file import names
from image_compressor.images import safe_names
from image_compressor.images.safe_names import LARGEST_PART, file_names, safe

ODD = "aAbé\N{COMBINING ACUTE ACCENT}\0\r\x1b\udce9\ud800ß. ~2:?\\%_\u202f\U0001f4f7"
PARTS = st.one_of(
    st.text(ODD, min_size=1, max_size=6),
    st.sampled_from(["aux.png", "NUL", "b.jpg", "b.jpg.png", "..", "a" * 300 + ".png", "é" * 200]),
)
PATHS = st.lists(PARTS, min_size=1, max_size=6).map("/".join)


@given(st.lists(PATHS, max_size=6, unique=True))
def test_any_names_become_names_that_are_valid_everywhere(paths):
    found = safe(paths)
    names.check(found)
    names.check(file_names(found))
    for name in found:
        assert all(len(part.encode()) <= LARGEST_PART + 9 for part in name.split("/"))


@given(st.lists(PATHS, max_size=6, unique=True), st.randoms())
def test_neither_the_order_nor_a_repetition_matters(paths, order):
    found = dict(zip(paths, safe(paths), strict=True))
    mixed = random.Random(order.random()).sample(paths, len(paths))
    assert dict(zip(mixed, safe(mixed), strict=True)) == found
    assert safe(list(found.values())) == list(found.values())


@given(st.sets(st.text("ab019_é ~%", min_size=1, max_size=9), max_size=9))
def test_valid_names_stay_the_same(stems):
    """Even if an invalid name would become the same."""
    paths = sorted(f"{number}/{stem}.png" for number, stem in enumerate(stems))
    others = [path.replace(".png", "?.png") for path in paths]
    assert safe(paths) == file_names(paths) == paths
    assert safe(others + paths)[len(others) :] == paths


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["aux.png", "a:b.png", "caf\udce9.png"], ["aux_.png", "a%3Ab.png", "caf%E9.png"]),
        (["A.png", "a.png", "a~2.png"], ["A.png", "a~3.png", "a~2.png"]),
        (["b.jpg", "b.jpg.png"], ["b.jpg", "b.jpg~2.png"]),
        (
            ["é.png", "e\N{COMBINING ACUTE ACCENT}.png"],
            ["é~2.png", "e\N{COMBINING ACUTE ACCENT}.png"],
        ),
        (["a. ", "../b", "a//b", "x/a. /b"], ["a.%20", ".%2E/b", "a/_/b", "x/a.%20/b"]),
        (["a.png", "a.png/b"], ["a~2.png", "a.png/b"]),
        (["aux.png", "aux_.png"], ["aux_~2.png", "aux_.png"]),
        (["A/1.png", "a/2.png", "a/1.png"], ["A/1.png", "a/2.png", "a/1~2.png"]),
    ],
)
def test_golden_names(paths, expected):
    assert safe(paths) == expected


def test_long_names_are_cut_and_keep_their_suffix():
    long, other = (f"{'x' * 300}{end}.jpeg" for end in "ab")
    deep = "/".join(["folder" * 9] * 40) + "/a.png"
    cut, second, short = safe([long, other, deep])
    assert cut != second and cut.startswith("x" * 99) and cut.endswith(".jpeg")
    assert len(short.encode()) < names.LARGEST_NAME and short.endswith("/a.png")


def test_many_equal_names_take_linear_time():
    """The names are ten thousand upper and lower case spellings of one name."""
    letters = "abcdefghijklmn"
    paths = [
        "".join(c.upper() if number >> bit & 1 else c for bit, c in enumerate(letters))
        for number in range(10_000)
    ]
    assert len({name.lower() for name in safe(paths)}) == 10_000


def test_a_name_for_a_table_is_one_line():
    assert safe_names.readable("a\r\n\x1b[2Jé\udce9.png") == "a%0D%0A%1B[2Jé%E9.png"
