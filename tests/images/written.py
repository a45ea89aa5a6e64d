"""TIFF and PNG files made by hand, which no library would write."""

import struct
import zlib

import imagecodecs
import numpy as np

SHORT, LONG, RAW = 3, 4, 7  # TIFF's type numbers
TIFF_CODECS = {
    1: bytes,
    5: imagecodecs.lzw_encode,
    8: zlib.compress,
    32773: imagecodecs.packbits_encode,
}


def picture(channels, height=23, width=37):
    """A smooth picture [H, W, channels] with values from 0 to 1; all channels differ."""
    y, x = np.mgrid[:height, :width]
    ramps = [x / width, y / height, (x + y) / (width + height), 0.2 + 0.6 * x / width]
    return np.stack(ramps[:channels], -1)


def packed(rows, bits, order="<"):
    """Integers [h, n] packed into bytes, highest bit first, with rows padded to whole bytes."""
    if bits in (8, 16):
        return rows.astype(np.uint8 if bits == 8 else f"{order}u2").tobytes()
    each = (rows[..., None] >> np.arange(bits - 1, -1, -1)) & 1
    return np.packbits(each.reshape(len(rows), -1).astype(np.uint8), axis=1).tobytes()


def tiff(samples, bits, photometric, tags=None, order="<", compression=1, planar=1, rows=7):
    """A TIFF with integers [H, W, C], in strips. `tags` adds {tag: (type, values)}."""
    height, width, channels = samples.shape
    planes = [samples] if planar == 1 else np.split(samples, channels, axis=2)
    strips = [
        TIFF_CODECS[compression](packed(part.reshape(len(part), -1), bits, order))
        for plane in planes
        for part in np.split(plane, range(rows, height, rows))
    ]
    more = {278: (SHORT, [rows]), 284: (SHORT, [planar]), **(tags or {})}
    tags = {**facts(width, height, [bits] * channels, photometric, compression), **more}
    return tiff_of(strips, tags, order)


def facts(width, height, bits, photometric, compression=1):
    """The tags that every TIFF needs."""
    shorts = {256: width, 257: height, 259: compression, 262: photometric, 277: len(bits)}
    return {258: (SHORT, bits), **{tag: (SHORT, [value]) for tag, value in shorts.items()}}


def tiff_of(strips, tags, order="<"):
    """A TIFF made from the bytes of its strips."""
    offsets = np.cumsum([8, *(len(strip) + len(strip) % 2 for strip in strips)]).tolist()
    sizes = [len(strip) for strip in strips]
    tags = {273: (LONG, offsets[:-1]), 279: (LONG, sizes), **tags}
    behind, entries, long = offsets[-1] + 6 + 12 * len(tags), b"", b""
    for tag, (kind, values) in sorted(tags.items()):
        form = {SHORT: "H", LONG: "L"}.get(kind)
        value = struct.pack(f"{order}{len(values)}{form}", *values) if form else values
        if len(value) > 4:
            offset, long = behind + len(long), long + value + bytes(len(value) % 2)
            value = struct.pack(f"{order}L", offset)
        entries += struct.pack(f"{order}HHL", tag, kind, len(values)) + value.ljust(4, b"\0")
    head = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HL", 42, offsets[-1])
    body = b"".join(strip + bytes(len(strip) % 2) for strip in strips)
    return head + body + struct.pack(f"{order}H", len(tags)) + entries + bytes(4) + long


def chunk(kind, content):
    return (
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
    )


def png(samples, depth, colour, *more):
    """A PNG with integers [H, W, C], and additional chunks before its pixels."""
    rows = [packed(row.reshape(1, -1), depth, ">") for row in samples]
    header = struct.pack(">IIBBBBB", *samples.shape[1::-1], depth, colour, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows))
    chunks = [chunk(b"IHDR", header), *more, chunk(b"IDAT", pixels), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
