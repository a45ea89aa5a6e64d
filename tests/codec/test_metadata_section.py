"""The section of a footer with the metadata of each image's own file."""

import contextlib
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from image_compressor import InputError
from image_compressor.codec.file import metadata_section
from image_compressor.codec.file.reading import varint
from image_compressor.images.metadata import Metadata

BLOCKS = st.binary(max_size=30)
TIMES = st.none() | st.integers(0, 2**40 - 1)


def packed(content):
    return zlib.compress(content, 9, wbits=-15)


@given(st.lists(st.builds(Metadata, TIMES, BLOCKS, BLOCKS, BLOCKS), min_size=1, max_size=20))
def test_metadata_comes_back(each):
    assert metadata_section.unpack(metadata_section.pack(each), len(each)) == each


@pytest.mark.parametrize("time", [-1, 2**40, 2**63])
def test_a_time_that_is_impossible_is_left_out(time):
    packed = metadata_section.pack([Metadata(time, b"exif")])
    assert metadata_section.unpack(packed, 1) == [Metadata(None, b"exif")]


def test_what_images_share_is_kept_once():
    profile = bytes(range(256)) * 12
    each = [Metadata(1_700_000_000 + number, profile=profile) for number in range(1000)]
    assert len(metadata_section.pack(each)) < 5000


@given(st.binary(max_size=60), st.integers(1, 50))
def test_other_bytes_are_refused_or_taken_for_as_many_images(content, count):
    for section in (content, packed(content)):
        with contextlib.suppress(InputError):
            assert len(metadata_section.unpack(section, count)) == count


@pytest.mark.parametrize(
    "content",
    [
        b"no deflate",
        packed(varint(0) + bytes([0, 1, 0, 0])),  # a block that is not there
        packed(varint(1) + varint(9) + b"short" + bytes(4)),
        packed(varint(0) + bytes(5)),  # a byte too many
        packed(varint(0) + bytes(3)),  # one too few
        packed(varint(2**40)),
        packed(varint(0) + bytes(4))[:-1],
        packed(varint(0) + bytes(4)) + b"more",
    ],
)
def test_damage_is_refused(content):
    with pytest.raises(InputError):
        metadata_section.unpack(content, 1)


def test_more_than_the_limit_is_neither_written_nor_read(monkeypatch):
    section = metadata_section.pack([Metadata(xmp=bytes(10_000))])
    monkeypatch.setattr(metadata_section, "LARGEST", 1000)
    with pytest.raises(InputError, match="at most 1,000 bytes of metadata"):
        metadata_section.pack([Metadata(xmp=bytes(10_000))])
    with pytest.raises(InputError, match="more than 1,000"):
        metadata_section.unpack(section, 1)
