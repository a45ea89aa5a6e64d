"""Small .imgc files, without a codec."""

import io
from dataclasses import replace

import numpy as np

from image_compressor.codec.file.container import Header, Writer
from image_compressor.codec.file.reader import Reader

HEADER = Header(b"\1\2\3\4", 60, (28, 28, 1), 256, True, False)
BLOCKS = [(np.arange(6).reshape(2, 3), b"abc"), (np.full((1, 3), -9), b"")]
ANY_SIZE = replace(HEADER, shape=(None, None, 1), block=1)
SIZE = (28, 30, 1)  # an image of ANY_SIZE
NAMES = tuple(f"a/{number}.png" for number in range(300))


def written(header, blocks=BLOCKS, count=300, size=SIZE, parts=None):
    file = io.BytesIO()
    writer = Writer(file, header)
    for block in blocks:
        writer.add(size, *block)
    writer.finish(count, parts)
    assert writer.bytes == len(file.getvalue())
    return file.getvalue()


def read(data):
    return Reader(io.BytesIO(data))
