"""Codes blocks of images into an .imgc file. `archive` reads it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from image_compressor.codec.container import Header, Writer, filled
from image_compressor.parallel import ordered

if TYPE_CHECKING:
    from image_compressor.codec.codec import Codec

Blocks = Iterable[tuple[np.ndarray, np.ndarray]]


def write_blocks(codec: "Codec", file: BinaryIO, header: Header, blocks: Blocks) -> tuple[int, int]:
    """Writes a whole file and returns how many (images, bytes) it has.

    Args:
        codec: whose coder is taken, that of the header's quality.
        file: open for writing bytes.
        blocks: (uint8 images [n, H, W, C], their latents), of `header.block` images but the last.

    Raises InputError unless there are as many names in the header as images.
    """
    writer, count = Writer(file, header), 0
    coder = codec.coder(header.quality)

    def code(block):
        images, latents = block
        symbols = coder.quantise(latents)
        return images.shape, symbols, filled(coder.encode(symbols), images.shape)

    for shape, symbols, payload in ordered(code, blocks, ahead=codec.ahead):
        writer.add(shape[1:], symbols, payload)
        count += len(symbols)
    writer.finish(count)
    return count, writer.bytes
