"""Damaged and truncated files."""

import zlib
from dataclasses import replace

import numpy as np
import pytest

from image_compressor import InputError
from image_compressor.codec.file import container
from tests.codec.containers import ANY_SIZE, BLOCKS, HEADER, NAMES, read, written


@pytest.mark.parametrize("header", [HEADER, replace(HEADER, names=NAMES)])
def test_a_file_cut_or_lengthened_anywhere_is_refused(header):
    data = written(header)
    for position in range(len(data) + 1):
        with pytest.raises(InputError):
            read(data[:position] + b"\0" + data[position:])
    for position in range(len(data)):
        start, rest = data[:position], data[position + 1 :]
        for cut in (start, rest, start + rest):
            with pytest.raises(InputError):
                read(cut)


def test_a_block_of_images_of_any_size_has_one_image():
    with pytest.raises(InputError, match=r"2 images of any size a block.*damaged"):
        read(written(replace(ANY_SIZE, block=2), BLOCKS, 2))


@pytest.mark.parametrize("size", [(0, 5, 1), (2**14, 2**14 + 1, 1)])
def test_an_image_without_pixels_or_with_too_many_is_refused(size):
    with pytest.raises(InputError, match=r"pixels.*damaged"):
        read(written(ANY_SIZE, BLOCKS, 2, size))


def test_another_version_is_named():
    with pytest.raises(InputError, match=r"version 2, 3 or 4 .* Received: 9"):
        read(b"IMGC\x09" + bytes(40))


@pytest.mark.parametrize(
    ("field", "value"), [("quality", 0), ("quality", 101), ("block", 0), ("block", 4097)]
)
def test_a_header_out_of_range_is_refused(field, value):
    with pytest.raises(InputError, match=f"{value}.*damaged"):
        read(written(replace(HEADER, **{field: value})))


def test_a_footer_of_another_length_is_refused():
    data = written(HEADER)
    for length in {*range(len(data) + 30), 2**32 - 1} - {read(data).bytes["index"]}:
        with pytest.raises(InputError, match="damaged"):
            read(data[:-8] + length.to_bytes(4, "little") + data[-4:])


def test_a_short_file_cannot_claim_many_images():
    with pytest.raises(InputError, match="damaged"):
        read(written(replace(HEADER, block=4096), [], 2**40))


def test_a_file_without_images_is_refused():
    with pytest.raises(InputError, match="0 images"):
        read(written(HEADER, [], 0))


def test_a_block_must_match_its_checksum():
    reader = read(written(HEADER))
    symbols, payload = BLOCKS[0]
    for number, *wrong in [(0, symbols + 1, payload), (0, symbols, b"abd"), (1, symbols, payload)]:
        with pytest.raises(InputError, match="fails its checksum"):
            reader.check(reader.block(number), *wrong)


def test_the_checksum_covers_header_symbols_and_payload():
    symbols = np.arange(6).reshape(2, 3)
    sums = [
        container.checksum(symbols, b"payload", 0),
        container.checksum(symbols, b"payload", 1),
        container.checksum(symbols + 1, b"payload", 0),
        container.checksum(symbols, b"Payload", 0),
    ]
    assert len(set(sums)) == 4


def test_the_checksum_takes_symbols_as_little_endian_int32():
    symbols = zlib.crc32(bytes.fromhex("01000000feffffff"), 7)
    for kind in (np.int32, np.int64, ">i4"):
        assert container.checksum(np.array([1, -2], kind), b"p", 7) == zlib.crc32(b"p", symbols)
