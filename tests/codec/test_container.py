import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from image_compressor import InputError
from image_compressor.codec import container
from image_compressor.codec.container import Block, Header

HEADER = Header(b"\1\2\3\4", (28, 28, 1), 300, 256, True, False)
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


def test_the_checksum_sees_header_symbols_and_payload():
    symbols = np.arange(6).reshape(2, 3)
    sums = [
        container.checksum(symbols, b"payload", 0),
        container.checksum(symbols, b"payload", 1),
        container.checksum(symbols + 1, b"payload", 0),
        container.checksum(symbols, b"Payload", 0),
    ]
    assert len(set(sums)) == 4
