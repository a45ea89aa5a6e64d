import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image_compressor import InputError
from image_compressor.codec.file import names

GOLDEN = "4bd437d02bc84b67480200"  # "a/0.png" NUL "b"


PARTS = st.text("acn019_", min_size=1, max_size=9)


@given(st.sets(st.lists(PARTS, min_size=1, max_size=3).map("/".join), min_size=1))
def test_unpacking_inverts_packing(paths):
    paths = tuple(f"{path}.png" for path in sorted(paths))
    assert names.unpack(names.pack(paths), len(paths)) == paths


def test_golden_bytes():
    """Reading alone is tested, because zlib versions may compress differently."""
    assert names.unpack(bytes.fromhex(GOLDEN), 2) == ("a/0.png", "b")


def test_they_cost_three_bytes_an_image():
    paths = [f"test/{n % 10}/{n:05}.png" for n in range(10000)]
    assert len(names.pack(paths)) <= 3 * 10000


@pytest.mark.parametrize(
    "name",
    [
        *(
            "/a",
            "../a",
            "a/../b",
            "a//b",
            "",
            ".",
            "a\\b",
            "c:a",
            "a\0b",
            "a\nb",
            "é" * 600,
            "\udc80",
        ),
        *("nul", "a/AUX.png", "com1.tar.gz", "LPT¹", "a./b", "a.png.", "a ", "..."),
    ],
)
def test_unsafe_names_are_refused(name):
    with pytest.raises(InputError, match="relative paths"):
        names.pack([name])


@pytest.mark.parametrize("name", ["console.png", "a/nully", "com.png", "com10", ".a", " a", "ä b"])
def test_names_that_only_resemble_devices_are_accepted(name):
    assert names.unpack(names.pack([name]), 1) == (name,)


def test_the_longest_names_are_accepted(monkeypatch):
    assert names.unpack(names.pack(["é" * 512]), 1) == ("é" * 512,)
    monkeypatch.setattr(names, "LARGEST_NAMES", 1000)
    paths = [f"{n:099}" for n in range(9)] + ["a" * 100]
    assert names.unpack(names.pack(paths), 10) == tuple(paths)


SAME = [["a", "a"], ["a.png", "A.png"], ["ä", "a\N{COMBINING DIAERESIS}"], ["Straße", "STRASSE"]]


@pytest.mark.parametrize("same", [*SAME, ["a", "a/b"], ["a/b/c", "A"]])
def test_they_differ_on_every_file_system(same):
    with pytest.raises(InputError, match="differ in more than case"):
        names.pack(same)


def test_they_are_strings_and_as_many_as_images():
    with pytest.raises(InputError, match="1 names for 2 images"):
        names.unpack(names.pack(["a"]), 2)
    with pytest.raises(InputError, match="type str"):
        names.pack([1])


@pytest.mark.parametrize("packed", [b"", b"\xff\xff", zlib.compress(b"\xff", wbits=-15)])
def test_malformed_names_are_refused(packed):
    with pytest.raises(InputError, match="damaged"):
        names.unpack(packed, 1)


@pytest.mark.parametrize("piece", [1, 3, 2**20])
def test_names_are_read_in_pieces_and_refused_where_they_exceed_their_number(monkeypatch, piece):
    monkeypatch.setattr(names, "PIECE", piece)
    given = ["one", "two", "größe/3"]
    packed = names.pack(given)
    assert [*names.unpack(packed, 3)] == given
    for count in (1, 2, 4):
        with pytest.raises(InputError, match="names"):
            names.unpack(packed, count)
    for wrong in (packed[:-1], packed + b"\0"):
        with pytest.raises(InputError, match="damaged"):
            names.unpack(wrong, 3)


def test_too_many_or_too_long_names_are_refused_before_all_are_inflated():
    many = zlib.compress(b"\0".join(b"%d" % number for number in range(10**6)), wbits=-15)
    long = zlib.compress(b"a" * 10**7, wbits=-15)
    for packed in (many, long):
        seen = 0
        with pytest.raises(InputError, match="too long or too many"):
            for _ in names._inflated(packed, 5):
                seen += 1
        assert seen <= 6


def test_names_that_inflate_without_end_are_refused(monkeypatch):
    monkeypatch.setattr(names, "LARGEST_NAMES", 1000)
    with pytest.raises(InputError, match="too long or too many"):
        names.unpack(zlib.compress(b"a" * 5000, wbits=-15), 1)
    with pytest.raises(InputError, match="1000 bytes of names"):
        names.pack([f"{n:0100}" for n in range(20)])
