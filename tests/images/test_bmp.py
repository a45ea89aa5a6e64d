"""BMPs made by hand: bit fields, palettes and profiles."""

import struct

import numpy as np
import pytest

from image_compressor.images import decoding, meaning
from image_compressor.images.unusable import Unusable
from tests.images.written import packed, picture

WIDE = meaning.profile(meaning.PRIMARIES[9], 2.2)
VALUES = picture(4)
HEIGHT, WIDTH, _ = VALUES.shape


def bmp(rows, bits, masks=(), palette=b"", version=40, profile=b"", top=False):
    """A BMP made from `rows`, the bytes of the samples [H, n], top row first."""
    rows = np.pad(rows, ((0, 0), (0, -rows.shape[1] % 4)))
    pixels = rows[:: 1 if top else -1].tobytes()
    fields = struct.pack(f"<{len(masks)}L", *masks)
    start = 14 + max(version, 40 + len(fields)) + len(palette)
    height = -HEIGHT if top else HEIGHT
    header = struct.pack("<LllHHLL", version, WIDTH, height, 1, bits, 3 if masks else 0, 0)
    header = (header.ljust(40, b"\0") + fields).ljust(version, b"\0")
    if profile:
        position = struct.pack("<LL", start + len(pixels) - 14, len(profile))
        header = header[:56] + b"DEBM" + header[60:112] + position + header[120:]
    head = b"BM" + struct.pack("<L4xL", start + len(pixels), start)
    return head + header + palette + pixels + profile


def fields(masks, bits):
    """The samples packed into bit fields, as bytes [H, n]."""
    pixels = np.zeros((HEIGHT, WIDTH), np.uint64)
    for channel, mask in enumerate(masks):
        low = (mask & -mask).bit_length() - 1
        pixels |= np.uint64(1 << low) * np.round(VALUES[..., channel] * (mask >> low)).astype("u8")
    return pixels.astype(f"<u{bits // 8}").view(np.uint8).reshape(HEIGHT, -1)


@pytest.mark.parametrize(
    ("masks", "bits", "version"),
    [
        ((0x7C00, 0x3E0, 0x1F), 16, 40),
        ((0xF800, 0x7E0, 0x1F), 16, 40),
        ((0xFF0000, 0xFF00, 0xFF), 32, 40),
        ((0xFF0000, 0xFF00, 0xFF, 0xFF000000), 32, 108),
        ((0xFF000000, 0xFF0000, 0xFF00, 0xFF), 32, 124),
    ],
)
@pytest.mark.parametrize("top", [False, True])
def test_bit_fields_are_scaled_and_blended_with_white(masks, bits, version, top):
    colours, alpha = VALUES[..., :3], VALUES[..., 3:] if len(masks) == 4 else 1
    pixels = decoding.read(bmp(fields(masks, bits), bits, masks, version=version, top=top))
    coarse = 255 / 31 / 2 + 1 if bits == 16 else 1.5
    assert np.abs(pixels - 255 * (colours * alpha + 1 - alpha)).max() <= coarse


@pytest.mark.parametrize("bits", [1, 4, 8])
def test_a_palette_becomes_colours(bits):
    palette = np.random.default_rng(0).integers(0, 256, (2**bits, 3), np.uint8)
    samples = np.round(VALUES[..., 0] * (2**bits - 1)).astype(int)
    rows = np.frombuffer(packed(samples, bits), np.uint8).reshape(HEIGHT, -1)
    stored = np.pad(palette[:, ::-1], ((0, 0), (0, 1))).tobytes()
    assert np.array_equal(decoding.read(bmp(rows, bits, palette=stored)), palette[samples])


def test_unusual_bit_fields_are_refused_by_name():
    for masks in ((0xF00, 0xF0, 0xF), (0x3FF00000, 0xFFC00, 0x3FF)):
        bits = 16 if masks[0] < 2**16 else 32
        with pytest.raises(Unusable, match=r"unsupported pixels: .*BMP"):
            decoding.read(bmp(fields(masks, bits), bits, masks))


def test_a_profile_is_applied():
    masks = (0xFF0000, 0xFF00, 0xFF)
    options = {"bits": 32, "masks": masks, "version": 124}
    plain = decoding.read(bmp(fields(masks, 32), **options)).astype(int)
    pixels = decoding.read(bmp(fields(masks, 32), profile=WIDE, **options))
    assert np.abs(pixels - plain).max() > 20
    with pytest.raises(Unusable, match="colour profile"):
        decoding.read(bmp(fields(masks, 32), profile=b"nonsense", **options))
