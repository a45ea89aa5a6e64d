"""Primaries and a transfer curve -> the equivalent ICC profile.

The numbers are those of ITU-T H.273, which AVIF and PNG's cICP share.
"""

import struct
from collections.abc import Sequence

import numpy as np

from image_compressor.images.unusable import Unusable, unsupported

D65, D50 = (0.3127, 0.3290), (0.34567, 0.35850)
UNSPECIFIED, SRGB_PRIMARIES, SRGB_TRANSFERS = 2, 1, (1, 6, 13, 14, 15)  # BT.709 counts as sRGB
HDR = {16: "PQ", 18: "HLG"}
PRIMARIES = {  # white, red, green, blue
    1: (D65, (0.64, 0.33), (0.30, 0.60), (0.15, 0.06)),
    4: ((0.310, 0.316), (0.67, 0.33), (0.21, 0.71), (0.14, 0.08)),
    5: (D65, (0.64, 0.33), (0.29, 0.60), (0.15, 0.06)),
    6: (D65, (0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    7: (D65, (0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    9: (D65, (0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    11: ((0.314, 0.351), (0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    12: (D65, (0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
}
GAMMAS = {4: 2.2, 5: 2.8, 8: 1.0}
SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)
BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)


def of_codes(primaries: int, transfer: int, full_range_rgb: object = True) -> bytes | None:
    """The profile; None if it is sRGB. Raises Unusable for HDR and for unknown numbers."""
    if transfer in HDR:
        raise unsupported(f"high dynamic range ({HDR[transfer]}): convert it to sRGB")
    if not full_range_rgb:
        raise unsupported("narrow range or not RGB, according to cICP: convert it to sRGB")
    sdr = (UNSPECIFIED, *SRGB_TRANSFERS)
    if primaries in (UNSPECIFIED, SRGB_PRIMARIES) and transfer in sdr:
        return None
    places = PRIMARIES.get(SRGB_PRIMARIES if primaries == UNSPECIFIED else primaries)
    if places is None or transfer not in (*sdr, *GAMMAS):
        raise unsupported(f"primaries {primaries} and transfer {transfer} of H.273")
    return profile(places, GAMMAS.get(transfer))


def profile(places: Sequence[Sequence[float]], gamma: float | None = None) -> bytes:
    """The ICC profile with white, red, green and blue at these (x, y) of the CIE diagram.

    The curve is that of sRGB unless `gamma` is given. Raises Unusable for points that span no
    gamut.
    """
    try:
        white, *primaries = map(_xyz, places)
        columns = _adapted(white, np.stack(primaries, 1))
        return _written(columns, (0, 0, gamma) if gamma else (3, 0, *SRGB_CURVE))
    except (ZeroDivisionError, np.linalg.LinAlgError, struct.error):
        found = f"white, red, green and blue at {[*map(tuple, places)]}, gamma {gamma}"
        raise Unusable("colour profile", found) from None


def _written(columns, curve):
    para = b"para\0\0\0\0" + struct.pack(">HH", *curve[:2]) + _fixed(*curve[2:])
    tags = {b"wtpt": _colour(_xyz(D50)), b"rTRC": para, b"gTRC": para, b"bTRC": para}
    for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), columns.T, strict=True):
        tags[name] = _colour(column)
    start, table, body = 132 + 12 * len(tags), b"", b""
    for name, content in tags.items():
        table += name + struct.pack(">II", start + len(body), len(content))
        body += content.ljust(-(-len(content) // 4) * 4, b"\0")
    header = struct.pack(
        ">I4xI4s4s4s12x4s28x12s48x", start + len(body), 0x04000000, b"mntr", b"RGB ", b"XYZ ",
        b"acsp", _fixed(*_xyz(D50)),
    )  # fmt: skip
    return header + struct.pack(">I", len(tags)) + table + body


def _adapted(white, primaries):
    """The XYZ, adapted to D50, of the primaries scaled so that they add up to white."""
    full = primaries * np.linalg.solve(primaries, white)
    cones = (BRADFORD @ _xyz(D50)) / (BRADFORD @ white)
    return np.linalg.solve(BRADFORD, cones[:, None] * (BRADFORD @ full))


def _xyz(point):
    x, y = point
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _colour(xyz):
    return b"XYZ \0\0\0\0" + _fixed(*xyz)


def _fixed(*values):
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))
