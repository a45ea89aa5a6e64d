"""The numbers that an .imgc file is made of."""

from image_compressor.errors import InputError


def damaged(what: str) -> InputError:
    """The error for a file that is not as it was written."""
    return InputError("a whole .imgc file", what, "It is damaged or cut short: get it again.")


def varint(number: int) -> bytes:
    """LEB128: 7 bits a byte, low first."""
    parts = bytearray()
    while number > 127:
        parts.append(number & 127 | 128)
        number >>= 7
    return bytes([*parts, number])


class Bytes:
    """Takes fields from the front of `data`, a part of a file of `length` bytes.

    Its methods raise InputError where the data ends too early.
    """

    def __init__(self, data: bytes, length: int):
        self.data, self.place, self.length = data, 0, length

    def take(self, length: int) -> bytes:
        """The next bytes, so many."""
        if length > len(self.data) - self.place:
            raise damaged(f"it ends too early, after {self.length} bytes")
        self.place += length
        return bytes(self.data[self.place - length : self.place])

    def byte(self) -> int:
        """The next byte."""
        return self.take(1)[0]

    def varint(self) -> int:
        """The next varint, of at most 42 bits."""
        number = 0
        for shift in range(0, 42, 7):
            byte = self.byte()
            number |= (byte & 127) << shift
            if byte < 128:
                return number
        raise damaged("a number of more than 42 bits")
