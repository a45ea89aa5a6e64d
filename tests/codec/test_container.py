import io
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from image_compressor import InputError
from image_compressor.codec import container
from image_compressor.codec.container import Header, Writer
from tests.codec.containers import ANY_SIZE, BLOCKS, HEADER, NAMES, SIZE, read, written


@given(
    st.builds(
        Header,
        codec=st.binary(min_size=4, max_size=4),
        quality=st.integers(1, 100),
        shape=st.tuples(*[st.integers(0, 2**20)] * 3),
        block=st.integers(150, 299),
        stacked=st.booleans(),
        channel_axis=st.booleans(),
        names=st.none() | st.just(NAMES),
    )
)
def test_reading_inverts_writing(header):
    data = written(header)
    reader = read(data)
    assert (reader.header, reader.count) == (header, 300)
    assert reader.sizes == (header.block, 300 - header.block)
    assert sum(reader.bytes.values()) == len(data)
    for number, (symbols, payload) in enumerate(BLOCKS):
        assert reader.payload(number) == payload
        reader.check(number, symbols, payload)


def test_the_parts_are_counted():
    parts = read(written(HEADER, BLOCKS[::-1])).bytes
    # 5 bytes of magic and version, 4 of codec, form, quality, 5 of sizes, and the trailer.
    assert parts["header"] == 5 + 4 + 2 + 5 + container.TRAILER
    assert parts["payloads"] == 3
    assert parts["index"] == 2 + 2 * (1 + 4)
    assert parts["names"] == 0


@pytest.mark.parametrize("names", [None, ("a", "b")])
def test_images_of_any_size_each_have_their_own_size(names):
    header = replace(ANY_SIZE, names=names)
    data = written(header, BLOCKS, 2)
    reader = read(data)
    assert (reader.header, reader.count, reader.sizes) == (header, 2, (1, 1))
    assert reader.shapes == [SIZE, SIZE]
    assert reader.raw_bytes == 2 * 28 * 30
    assert sum(reader.bytes.values()) == len(data)
    assert data[4] == container.ANY_SIZE


@pytest.mark.parametrize("size", [(1, 1, 1), (2**14, 2**14, 1)])
def test_many_blocks_of_the_smallest_and_largest_images(size):
    reader = read(written(ANY_SIZE, 40 * [(np.zeros(0, int), b"")], 40, size))
    assert reader.shapes == 40 * [size]
    assert len(read(written(replace(HEADER, block=1), 40 * BLOCKS, 80)).sizes) == 80


@pytest.mark.parametrize(
    ("field", "value"), [("quality", 1), ("quality", 100), ("block", 1), ("block", 4096)]
)
def test_the_ends_of_its_ranges_are_read(field, value):
    header = replace(HEADER, **{field: value})
    assert read(written(header, BLOCKS[:1], 1)).header == header


def test_each_image_needs_a_name():
    with pytest.raises(InputError, match="299 names"):
        written(replace(HEADER, names=NAMES), BLOCKS, 299)


def test_unsafe_names_are_refused_before_anything_is_written():
    file = io.BytesIO()
    with pytest.raises(InputError, match="relative paths"):
        Writer(file, replace(HEADER, names=("../a",)))
    assert not file.getvalue()
