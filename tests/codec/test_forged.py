"""Small files with false sizes but correct checksums: refused before memory is allocated."""

import io
import tracemalloc
import zlib
from dataclasses import replace

import numpy as np
import pytest

from image_compressor import Codec, InputError
from image_compressor.codec import hyper
from image_compressor.codec.file import container, names
from image_compressor.codec.file.container import Writer
from image_compressor.codec.file.reader import Reader
from tests.codec.containers import HEADER

DIGITS, PHOTO = Codec.load("digits"), Codec.load("photo")
LARGEST = 2**26  # bytes of memory; the files have some thousand bytes


@pytest.fixture(autouse=True)
def little_memory():
    tracemalloc.start()
    yield
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < LARGEST


def forged(header, count, payloads=(b"",), shape=(28, 28, 1), packed=b""):
    """A file with these payloads and checksums for symbols that are all zero."""
    file = io.BytesIO()
    writer = Writer(file, header)
    for payload in payloads:
        writer.add(shape, np.zeros(0), payload)
    writer.names, writer.packed_names = None, packed
    writer.finish(count)
    return file.getvalue()


def header_of(codec):
    shape, block = tuple(codec.networks.image_shape), 1 if codec.any_size else 4096
    return replace(HEADER, codec=codec.identity, shape=shape, block=block, channel_axis=True)


def test_more_images_than_a_payload_can_hold():
    data = forged(header_of(DIGITS), 250 * 4096, [b""] * 250)
    archive = DIGITS.open(io.BytesIO(data), max_images=2**20, max_total_pixels=2**30)
    with pytest.raises(InputError, match=r"0 bytes, where .* are the fewest"):
        archive[0]
    with pytest.raises(InputError, match="--max-total-pixels"):
        DIGITS.decompress(data, max_images=2**20)


def test_more_pixels_than_a_payload_can_hold():
    data = forged(header_of(PHOTO), 1, [bytes(1200)], (16384, 16384, 3))
    with pytest.raises(InputError, match="--max-total-pixels"):
        PHOTO.decompress(data)
    archive = PHOTO.open(io.BytesIO(data), max_total_pixels=2**28)
    with pytest.raises(InputError, match=r"1200 bytes, where .* are the fewest"):
        archive[0]


def test_a_payload_that_ends_early_is_not_decoded_to_the_end():
    coder, side, channels = PHOTO.coder(1), hyper.PANEL, PHOTO.networks.latent_shape[-1]
    one, two = (1, side, side, channels), (1, 2 * side, side, channels)
    payload = coder.encode(coder.quantise(np.zeros(one, np.float32)))
    assert 8 * len(payload) > coder.least_bits(two)
    with pytest.raises(InputError, match="ends before its image does"):
        coder.decode(payload, two)


def test_the_fewest_bits_are_no_more_than_any_images_take():
    """A blank image is the cheapest to code."""
    for codec, images in [
        (DIGITS, np.zeros((2000, 28, 28), np.uint8)),
        (PHOTO, np.zeros((1, 64, 64, 3), np.uint8)),
    ]:
        for quality in (1, 100):
            data = codec.compress(images, quality=quality, guard=False)
            reader = Reader(io.BytesIO(data))
            for block in map(reader.block, range(len(reader.sizes))):
                shape = codec.latent_shape(len(block.qualities), block.shape)
                assert 0 < codec.coder(quality).least_bits(shape) <= 8 * block.payload[1]


def test_more_images_than_bytes():
    data = forged(replace(HEADER, block=4096), 2**18 + 1, [b""] * 65)
    with pytest.raises(InputError, match=r"262,145 images in .*--max-images"):
        Reader(io.BytesIO(data))
    assert Reader(io.BytesIO(data), 2**19).count == 2**18 + 1


@pytest.mark.parametrize(
    "joined",
    [
        b"\0".join(b"%d" % (number % 10) for number in range(2 * 10**6)),  # most of them alike
        b"a/" * 10**7,  # a single long one
        b"\0" * 10**7,
        b"\0".join(b"a/" * 511 + b"%07d" % number for number in range(20000)),
    ],
    ids=["alike", "long", "empty", "deep"],
)
def test_names_that_inflate_beyond_the_limits(joined):
    packed, count = zlib.compress(joined, 9, wbits=-15), joined.count(b"\0") + 1
    with pytest.raises(InputError, match="damaged"):
        names.unpack(packed[: 2**16], count)


def test_long_names_in_deep_folders_are_compared_in_little_memory():
    paths = [f"{number}/" + "a/" * 500 + "b" for number in range(2000)]
    names.check(paths)
    with pytest.raises(InputError, match="7/a"):
        names.check([*paths, "7/a"])


def test_a_block_claims_no_more_than_its_limit():
    with pytest.raises(InputError, match="damaged"):
        Reader(io.BytesIO(forged(replace(HEADER, block=container.LARGEST_BLOCK + 1), 1)))
