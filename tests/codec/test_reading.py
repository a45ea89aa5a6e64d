import pytest
from hypothesis import given
from hypothesis import strategies as st

from image_compressor import InputError
from image_compressor.codec.file.reading import Bytes, varint

GOLDEN = {0: "00", 127: "7f", 128: "8001", 300: "ac02", 2**42 - 1: "ffffffffff7f"}


@pytest.mark.parametrize("number", GOLDEN)
def test_golden_bytes(number):
    assert varint(number).hex() == GOLDEN[number]


@given(st.lists(st.integers(0, 2**42 - 1)))
def test_reading_inverts_writing(numbers):
    data = b"".join(map(varint, numbers))
    fields = Bytes(data, len(data))
    assert [fields.varint() for _ in numbers] == numbers
    assert fields.position == len(data)


def test_a_number_of_more_than_42_bits_is_refused():
    with pytest.raises(InputError, match=r"42 bits.*damaged"):
        Bytes(varint(2**42), 9).varint()


@pytest.mark.parametrize("take", [Bytes.byte, Bytes.varint, lambda fields: fields.take(1)])
def test_data_that_ends_too_early_is_refused(take):
    fields = Bytes(b"\x80\x80", 99)
    assert fields.take(2) == b"\x80\x80"
    with pytest.raises(InputError, match="after 99 bytes"):
        take(fields)
