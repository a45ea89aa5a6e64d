import io
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from image_compressor import InputError
from image_compressor.codec.file import container, sections
from image_compressor.codec.file import reader as module
from image_compressor.codec.file.container import Header, Writer
from tests.codec.containers import ANY_SIZE, BLOCKS, HEADER, NAMES, SIZE, read, written


@given(
    st.builds(
        Header,
        codec=st.binary(min_size=4, max_size=4),
        quality=st.integers(1, 100),
        shape=st.tuples(*[st.integers(1, 2**20)] * 3),
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
        block = reader.block(number)
        assert reader.payload(block) == payload
        assert set(block.qualities) == {header.quality}
        reader.check(block, symbols, payload)


def test_the_parts_are_counted():
    parts = read(written(HEADER, BLOCKS[::-1])).bytes
    # 5 bytes of magic and version, 4 of codec, form, quality, 5 of sizes, and the trailer.
    assert parts["header"] == 5 + 4 + 2 + 5 + container.TRAILER
    assert parts["payloads"] == 3
    assert parts["index"] == 2 + 2 * (1 + 4)
    assert parts["names"] == parts["files"] == parts["codec"] == parts["metadata"] == 0


def test_sections_are_counted_as_what_they_are():
    given = {sections.EMBEDDED: b"a codec", sections.METADATA: b"facts", sections.PADDING: b"\0"}
    data = written(replace(HEADER, names=NAMES), parts=given)
    reader = read(data)
    assert (reader.bytes["codec"], reader.bytes["metadata"]) == (7, 5)
    # The number of sections; a tag and a size of each, and that of the padding.
    assert reader.bytes["index"] == 2 + 2 * (1 + 4) + 1 + 3 * 2 + 1
    assert reader.embedded == b"a codec"
    assert sum(reader.bytes.values()) == len(data)


def test_a_longer_file_may_have_more_images(monkeypatch):
    data = written(HEADER)
    monkeypatch.setattr(module, "MANY_IMAGES", 299)
    monkeypatch.setattr(module, "IMAGES_A_BYTE", -(-300 // len(data)))
    assert read(data).count == 300
    monkeypatch.setattr(module, "IMAGES_A_BYTE", 299 // len(data))
    with pytest.raises(InputError, match="claims 300 images"):
        read(data)
    monkeypatch.setattr(module, "MANY_IMAGES", 300)
    assert read(data).count == 300


@pytest.mark.parametrize("names", [None, ("a", "b")])
def test_images_of_any_size_each_have_their_own_size(names):
    header = replace(ANY_SIZE, names=names)
    data = written(header, BLOCKS, 2)
    reader = read(data)
    assert (reader.header, reader.count, reader.sizes) == (header, 2, (1, 1))
    assert reader.shapes == [SIZE, SIZE]
    assert reader.raw_bytes == 2 * 28 * 30
    assert sum(reader.bytes.values()) == len(data)
    assert data[4] == container.VERSION


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


def test_a_block_may_have_images_that_are_files():
    header = replace(HEADER, block=2)
    files = [(1, b"one"), (3, b"three")]
    blocks = [
        (*BLOCKS[0], files[:1], np.uint8([0, 70])),
        (np.zeros(0), b"", files[1:], np.uint8([0])),
    ]
    qualities = np.uint8([0, 70, 0])
    parts = {sections.QUALITY: sections.pack_qualities(qualities)}
    data = written(header, blocks, 3, parts=parts)
    reader = read(data)
    assert reader.qualities.tolist() == [0, 70, 0]
    assert (reader.raised, reader.bytes["files"]) == (1, 8)
    found = [
        (file.kind, reader.stored(block, position, file))
        for block in map(reader.block, (0, 1))
        for position, file in block.files
    ]
    assert found == files
    assert reader.payload(reader.block(0)) == BLOCKS[0][1]


def test_a_file_has_enough_bytes_for_the_pixels_that_it_claims():
    """The files of blank images take almost none."""
    header, count = replace(HEADER, shape=(4096, 4096, 1), block=1), 3
    parts = {sections.QUALITY: sections.pack_qualities(np.zeros(count, np.uint8))}
    blocks = count * [(np.zeros(0), b"", [(1, b"blank")], np.uint8([0]))]
    data = written(header, blocks, count, (4096, 4096, 1), parts)
    reader = read(data)
    assert len(data) >= reader.pixels / container.PIXELS_A_BYTE
    assert sum(reader.bytes.values()) == len(data)


def test_each_image_needs_a_name():
    with pytest.raises(InputError, match="299 names"):
        written(replace(HEADER, names=NAMES), BLOCKS, 299)


def test_unsafe_names_are_refused_before_anything_is_written():
    file = io.BytesIO()
    with pytest.raises(InputError, match="relative paths"):
        Writer(file, replace(HEADER, names=("../a",)))
    assert not file.getvalue()
