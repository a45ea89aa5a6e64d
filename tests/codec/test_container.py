import io
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from image_compressor import InputError
from image_compressor.codec import container
from image_compressor.codec.container import Header, Reader, Writer

HEADER = Header(b"\1\2\3\4", 60, (28, 28, 1), 256, True, False)
BLOCKS = [(np.arange(6).reshape(2, 3), b"abc"), (np.full((1, 3), -9), b"")]
SIZE = (28, 30, 1)  # of any size
NAMES = tuple(f"a/{number}.png" for number in range(300))


def written(header, blocks=BLOCKS, count=300):
    file = io.BytesIO()
    writer = Writer(file, header)
    for block in blocks:
        writer.add(SIZE, *block)
    writer.finish(count)
    assert writer.bytes == len(file.getvalue())
    return file.getvalue()


def read(data):
    return Reader(io.BytesIO(data))


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
    parts = read(written(HEADER)).bytes
    # 5 of magic and version, 4 of codec, form, quality, 1 + 1 + 1 + 2 of sizes, and the trailer.
    assert parts["header"] == 5 + 4 + 2 + 5 + container.TRAILER
    assert parts["payloads"] == 3
    assert parts["index"] == 2 + 2 * (1 + 4)
    assert parts["names"] == 0


@pytest.mark.parametrize("header", [HEADER, replace(HEADER, names=NAMES)])
def test_a_file_cut_or_lengthened_anywhere_is_refused(header):
    data = written(header)
    for place in range(len(data) + 1):
        with pytest.raises(InputError):
            read(data[:place] + b"\0" + data[place:])
    for place in range(len(data)):
        for cut in (data[:place], data[place + 1 :], data[:place] + data[place + 1 :]):
            with pytest.raises(InputError):
                read(cut)


ANY_SIZE = replace(HEADER, shape=(None, None, 1), block=1)


@pytest.mark.parametrize("names", [None, ("a", "b")])
def test_of_images_of_any_size_each_has_its_own(names):
    header = replace(ANY_SIZE, names=names)
    data = written(header, BLOCKS, 2)
    reader = read(data)
    assert (reader.header, reader.count, reader.sizes) == (header, 2, (1, 1))
    assert reader.shapes == [SIZE, SIZE]
    assert reader.raw_bytes == 2 * 28 * 30
    assert sum(reader.bytes.values()) == len(data)
    assert data[4] == container.ANY_SIZE


def test_of_any_size_a_block_has_one_image():
    with pytest.raises(InputError, match=r"2 a block.*damaged"):
        read(written(replace(ANY_SIZE, block=2), BLOCKS, 2))


@pytest.mark.parametrize("size", [(0, 5, 1), (2**14, 2**14 + 1, 1)])
def test_an_image_without_pixels_or_with_too_many_is_refused(size, monkeypatch):
    monkeypatch.setattr("tests.codec.test_container.SIZE", size)
    with pytest.raises(InputError, match=r"pixels.*damaged"):
        read(written(ANY_SIZE, BLOCKS, 2))


def test_another_version_is_named():
    with pytest.raises(InputError, match=r"version 2 or 3 .* Received: 9"):
        read(b"IMGC\x09" + bytes(40))


@pytest.mark.parametrize(
    ("field", "value"), [("quality", 0), ("quality", 101), ("block", 0), ("block", 4097)]
)
def test_a_header_out_of_range_is_refused(field, value):
    with pytest.raises(InputError, match=f"{value}.*damaged"):
        read(written(replace(HEADER, **{field: value})))


def test_a_short_file_cannot_claim_many_images():
    with pytest.raises(InputError, match="damaged"):
        read(written(replace(HEADER, block=4096), [], 2**40))


def test_a_file_without_images_is_refused():
    with pytest.raises(InputError, match="0 images"):
        read(written(HEADER, [], 0))


def test_names_are_as_many_as_images():
    with pytest.raises(InputError, match="299 names"):
        written(replace(HEADER, names=NAMES), BLOCKS, 299)


def test_unsafe_names_are_refused_before_anything_is_written():
    file = io.BytesIO()
    with pytest.raises(InputError, match="relative paths"):
        Writer(file, replace(HEADER, names=("../a",)))
    assert not file.getvalue()


def test_a_block_is_held_against_its_checksum():
    reader = read(written(HEADER))
    symbols, payload = BLOCKS[0]
    for wrong in [(0, symbols + 1, payload), (0, symbols, b"abd"), (1, symbols, payload)]:
        with pytest.raises(InputError, match="fails its checksum"):
            reader.check(*wrong)


def test_the_checksum_sees_header_symbols_and_payload():
    symbols = np.arange(6).reshape(2, 3)
    sums = [
        container.checksum(symbols, b"payload", 0),
        container.checksum(symbols, b"payload", 1),
        container.checksum(symbols + 1, b"payload", 0),
        container.checksum(symbols, b"Payload", 0),
    ]
    assert len(set(sums)) == 4
