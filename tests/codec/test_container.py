import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from image_compressor import InputError
from image_compressor.codec import container
from image_compressor.codec.container import Block, Header

HEADER = Header(b"\1\2\3\4", (28, 28, 1), 300, 256, True, False)
NAMES = "4bd437d02bc84b67480200"  # "a/0.png" NUL "b"
BLOCKS = [Block(b"abc", 7), Block(b"", 2**32 - 1)]


@given(
    st.builds(
        Header,
        codec=st.binary(min_size=4, max_size=4),
        shape=st.tuples(*[st.integers(0, 2**20)] * 3),
        count=st.just(300),
        block=st.integers(150, 299),
        stacked=st.booleans(),
        channel_axis=st.booleans(),
        names=st.none() | st.just(tuple(f"a/{n}.png" for n in range(300))),
    )
)
def test_unpacking_inverts_packing(header):
    packed = container.pack_header(header)
    contents = container.unpack(container.pack(packed, BLOCKS))
    assert (contents.header, contents.blocks) == (header, BLOCKS)
    assert (contents.header_bytes, contents.seed) == (len(packed), zlib.crc32(packed))


def test_a_file_cut_anywhere_or_lengthened_is_refused():
    data = container.pack(container.pack_header(HEADER), BLOCKS)
    for end in range(len(data)):
        with pytest.raises(InputError):
            container.unpack(data[:end])
    with pytest.raises(InputError, match="after the end"):
        container.unpack(data + b"\0")


def test_another_version_is_named():
    with pytest.raises(InputError, match=r"version 1 .* Received: 9"):
        container.unpack(b"IMGC\x09" + bytes(40))


def test_a_short_file_cannot_claim_many_images():
    claim = Header(b"\1\2\3\4", (28, 28, 1), 2**40, 4096, True, False)
    with pytest.raises(InputError, match="damaged"):
        container.unpack(container.pack_header(claim))


def test_names_cost_three_bytes_an_image():
    names = tuple(f"test/{n % 10}/{n:05}.png" for n in range(10000))
    named = Header(b"\1\2\3\4", (28, 28, 1), 10000, 256, False, False, names)
    assert len(container.pack_header(named)) <= 3 * 10000


@pytest.mark.parametrize(
    "name",
    ["/a", "../a", "a/../b", "a//b", "", ".", "a\\b", "c:a", "a\0b", "a\nb", "é" * 600, "\udc80"],
)
def test_names_that_could_leave_the_directory_are_refused(name):
    with pytest.raises(InputError, match="relative paths"):
        container.check_names([name], 1)


def test_names_are_as_many_as_images_and_differ():
    with pytest.raises(InputError, match="2 names"):
        container.check_names(["a"], 2)
    with pytest.raises(InputError, match="type str"):
        container.check_names([1], 1)
    for same in (["a", "a"], ["a.png", "A.png"]):
        with pytest.raises(InputError, match="differ in more than case"):
            container.check_names(same, 2)


def test_golden_bytes_of_names():
    """Only read: what DEFLATE writes may change with zlib, what it means does not."""
    names = bytes.fromhex(NAMES)
    header = bytes.fromhex("494d4743010102030406" + "1c1c01028002") + bytes([len(names)]) + names
    contents = container.unpack(container.pack(header, BLOCKS[:1]))
    assert contents.header.names == ("a/0.png", "b")


def test_names_that_inflate_without_end_are_refused(monkeypatch):
    monkeypatch.setattr(container, "LARGEST_NAMES", 1000)
    names = zlib.compress(b"a" * 5000, wbits=-15)
    header = bytes.fromhex("494d4743010102030406" + "1c1c01018002") + bytes([len(names)]) + names
    with pytest.raises(InputError, match="names that do not end"):
        container.unpack(header + bytes(20))


def test_the_checksum_sees_header_symbols_and_payload():
    symbols = np.arange(6).reshape(2, 3)
    sums = [
        container.checksum(symbols, b"payload", 0),
        container.checksum(symbols, b"payload", 1),
        container.checksum(symbols + 1, b"payload", 0),
        container.checksum(symbols, b"Payload", 0),
    ]
    assert len(set(sums)) == 4
