import contextlib
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from image_compressor import InputError
from image_compressor.codec.file import sections
from image_compressor.codec.file.reading import Bytes, varint
from image_compressor.codec.file.sections import File

SIDES, KINDS = st.integers(1, 2**14), st.integers(0, 255)
# Changing these bytes requires a new version of the format.
GOLDEN = "05000a142715132d0a640ae0099208b18ba9a40d23739fe2b0888f7123cb93ded80d0b"


def fields(content):
    return Bytes(content, len(content))


@given(st.lists(st.integers(0, 100), min_size=1, max_size=600).map(np.uint8))
def test_qualities_come_back(qualities):
    packed = sections.pack_qualities(qualities)
    assert np.array_equal(sections.unpack_qualities(packed, len(qualities)), qualities)


def test_golden_bytes_of_qualities_with_shares_that_are_no_whole_numbers():
    qualities = np.uint8(10 * [0, 20, 20, 21, 20, 45, 100] + 9 * [20, 21])
    assert sections.pack_qualities(qualities).hex() == GOLDEN
    found = sections.unpack_qualities(bytes.fromhex(GOLDEN), len(qualities))
    assert np.array_equal(found, qualities)


def test_qualities_take_about_their_entropy():
    qualities = np.full(10_000, 20, np.uint8)
    assert len(sections.pack_qualities(qualities)) <= 4
    qualities[::50] = 40
    share = 1 / 50
    entropy = -share * np.log2(share) - (1 - share) * np.log2(1 - share)
    assert len(sections.pack_qualities(qualities)) <= 10_000 * entropy / 8 + 16


@given(st.binary(max_size=60), st.integers(1, 50))
def test_other_bytes_are_never_taken_for_qualities_of_another_number(content, count):
    with contextlib.suppress(InputError):
        assert len(sections.unpack_qualities(content, count)) == count


@pytest.mark.parametrize(
    "content",
    [
        varint(1) + bytes([101]) + varint(3),  # no quality
        varint(2) + bytes([50]) + varint(2) + bytes([50]) + varint(1),  # twice the same
        varint(1) + bytes([50]) + varint(4),  # more than there are
        varint(2) + bytes([50]) + varint(3) + bytes([60]) + varint(0),  # none of a quality
        varint(1) + bytes([50]) + varint(3) + b"\0\0\0\0",  # more bytes
        varint(2) + bytes([50]) + varint(2) + bytes([60]) + varint(1),  # no order
    ],
)
def test_qualities_that_cannot_be_are_refused(content):
    with pytest.raises(InputError, match="damaged"):
        sections.unpack_qualities(content, 3)


@given(
    st.lists(st.builds(File, st.integers(0, 255), st.integers(0, 2**40), st.integers(0, 2**32 - 1)))
)
def test_files_come_back(files):
    packed = sections.pack_files(files)
    assert sections.unpack_files(packed, len(files)) == files
    with pytest.raises(InputError, match="damaged"):
        sections.unpack_files(packed + b"\0", len(files))


@given(st.sampled_from(sections.SCALES), st.lists(st.tuples(SIDES, SIDES), min_size=1))
def test_sizes_come_back(fit, sizes):
    packed = sections.pack_sizes(fit, sizes)
    assert sections.unpack_sizes(packed, len(sizes), 2**28) == (fit, sizes)
    with pytest.raises(InputError, match="damaged"):
        sections.unpack_sizes(packed, len(sizes) + 1, 2**28)


@pytest.mark.parametrize("numbers", [varint(0) + varint(9), varint(2**20) * 2, b"\0" * 10**6])
def test_sizes_out_of_bounds_are_refused(numbers):
    content = b"\0" + zlib.compress(numbers, 9, wbits=-15)
    with pytest.raises(InputError, match="damaged"):
        sections.unpack_sizes(content, 1, 2**28)


def test_sizes_are_refused_if_bytes_are_missing_or_follow_and_if_their_fit_is_unknown():
    packed = sections.pack_sizes("letterbox", [(30, 40)])
    assert sections.unpack_sizes(packed, 1, 30 * 40) == ("letterbox", [(30, 40)])
    unknown = bytes([len(sections.SCALES)]) + packed[1:]
    for wrong, largest in (
        (packed[:-1], 1200),
        (packed + b"\0", 1200),
        (unknown, 1200),
        (packed, 1199),
    ):
        with pytest.raises(InputError, match="damaged"):
            sections.unpack_sizes(wrong, 1, largest)


def test_measures_come_back_to_four_places():
    ssim = np.linspace(0.5, 0.99, 101)
    packed = sections.pack_measures(ssim)
    assert sections.unpack_measures(packed) == pytest.approx((0.745, 0.5245, 0.5), abs=1e-4)
    assert sections.unpack_measures(sections.pack_measures(np.array([-0.5, 1.0])))[2] == 0


def test_an_unknown_optional_section_is_skipped_and_another_is_refused():
    known = {sections.PADDING: b"\5"}
    assert sections.unpack(fields(sections.pack({**known, 200: b"later"}))) == known
    with pytest.raises(InputError, match=r"a section 99.*newer version"):
        sections.unpack(fields(sections.pack({**known, 99: b"later"})))


def test_a_section_stands_once():
    twice = varint(2) + 2 * (bytes([sections.PADDING]) + varint(1) + b"\5")
    with pytest.raises(InputError, match="two sections"):
        sections.unpack(fields(twice))


def test_sizes_that_inflate_without_end_are_refused_before_that():
    bomb = bytes([0]) + zlib.compress(bytes(10**8), 9, wbits=-15)
    tracemalloc.start()
    with pytest.raises(InputError, match="not those of 3 images"):
        sections.unpack_sizes(bomb, 3, 2**28)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**20
