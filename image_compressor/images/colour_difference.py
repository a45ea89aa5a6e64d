"""The colour difference CIEDE2000, between the means of 8x8 blocks.

NumPy alone, because the packages that have it (scikit-image, colour-science) are large, and this
is needed wherever images are compressed.
"""

from functools import lru_cache

import numpy as np

from image_compressor.parallel import one_blas_thread

SIDE = 8  # pixels of a block
TILE = 64 * SIDE  # pixels along an axis that are averaged at once; bounds memory and work
# sRGB's primaries in CIE XYZ, and D65 as their white (IEC 61966-2-1).
PRIMARIES = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = PRIMARIES.sum(axis=1)


def largest(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The largest difference between blocks of two images, for uint8 [N, H, W, C]: float [N].

    1 is barely visible when areas lie side by side, and 6 is plain. The means of blocks are
    compared, because texture hides differences of single pixels.
    """
    tiles = zip(_tiles(x), _tiles(y), strict=True)
    with one_blas_thread():
        return np.max([_differences(*pair).max(axis=(1, 2)) for pair in tiles], axis=0)


def plain(x: np.ndarray) -> np.ndarray:
    """The share of blocks of a single colour in uint8 images [N, H, W, C]: float [N]."""
    flat, blocks = np.zeros(len(x)), 0
    for tile in _tiles(x):
        margins = [(0, -size % SIDE) for size in tile.shape[1:3]]
        tile = np.pad(tile, [(0, 0), *margins, (0, 0)], "edge")
        count, height, width, channels = tile.shape
        parts = tile.reshape(count, height // SIDE, SIDE, width // SIDE, SIDE, channels)
        one = parts[:, :, :1, :, :1]
        flat += (parts == one).all(axis=(2, 4, 5)).sum(axis=(1, 2))
        blocks += height // SIDE * (width // SIDE)
    return flat / blocks


def difference(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """CIEDE2000 between colours in CIE Lab [..., 3]: float [...].

    Sharma, Wu and Dalal 2005, "The CIEDE2000 color-difference formula"; the comments give the
    numbers of its equations.
    """
    (l1, a1, b1), (l2, a2, b2) = np.moveaxis(one, -1, 0), np.moveaxis(other, -1, 0)
    chroma = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    grey = 1.5 - 0.5 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7))  # 4, 5
    c1, c2 = np.hypot(grey * a1, b1), np.hypot(grey * a2, b2)  # 6
    h1, h2 = np.arctan2(b1, grey * a1), np.arctan2(b2, grey * a2)  # 7
    coloured = c1 * c2 > 0
    turn = np.where(coloured, (h2 - h1 + np.pi) % (2 * np.pi) - np.pi, 0)  # 10
    lightness, colour = l2 - l1, c2 - c1  # 8, 9
    hue = 2 * np.sqrt(c1 * c2) * np.sin(turn / 2)  # 11
    mean_l, mean_c = (l1 + l2) / 2, (c1 + c2) / 2  # 12, 13
    mean_h = np.where(coloured, h1 + turn / 2, h1 + h2)  # 14
    t = (
        1
        - 0.17 * np.cos(mean_h - np.radians(30))
        + 0.24 * np.cos(2 * mean_h)
        + 0.32 * np.cos(3 * mean_h + np.radians(6))
        - 0.20 * np.cos(4 * mean_h - np.radians(63))
    )  # 15
    from_blue = (np.degrees(mean_h) % 360 - 275) / 25
    rotation = np.radians(60 * np.exp(-(from_blue**2)))  # 16
    strength = 2 * np.sqrt(mean_c**7 / (mean_c**7 + 25.0**7))  # 17
    middle = (mean_l - 50) ** 2
    lightness = lightness / (1 + 0.015 * middle / np.sqrt(20 + middle))  # 18
    colour = colour / (1 + 0.045 * mean_c)  # 19
    hue = hue / (1 + 0.015 * mean_c * t)  # 20
    squares = lightness**2 + colour**2 + hue**2 - np.sin(rotation) * strength * colour * hue  # 21
    return np.sqrt(np.maximum(squares, 0))  # 22


def _tiles(images):
    """Parts of the images, of whole blocks except at the end."""
    for top in range(0, images.shape[1], TILE):
        for left in range(0, images.shape[2], TILE):
            yield images[:, top : top + TILE, left : left + TILE]


def _differences(x, y):
    """The difference of each pair of blocks: float [N, rows, columns]."""
    one, other = _means(x), _means(y)
    if x.shape[3] > 1:
        return difference(_lab(one), _lab(other))
    # Of greys, only the lightness differs.
    l1, l2 = (116 * _root(_linear(grey[..., 0])) - 16 for grey in (one, other))
    middle = ((l1 + l2) / 2 - 50) ** 2
    return np.abs(l2 - l1) / (1 + 0.015 * middle / np.sqrt(20 + middle))


def _means(tile):
    """The mean of each block, in 0..1: [N, rows, columns, C]."""
    maps = np.moveaxis(np.asarray(tile, np.float32), 3, 1)
    rows, columns = _averaging(tile.shape[1]), _averaging(tile.shape[2]).T
    return np.moveaxis(rows @ maps @ columns, 1, 3) / np.float32(255)


@lru_cache(maxsize=32)
def _averaging(size):
    """The matrix [blocks, size] of the means of SIDE samples; the last sample is repeated."""
    samples = np.minimum(np.arange(-(-size // SIDE) * SIDE), size - 1)
    matrix = np.zeros((len(samples) // SIDE, size), "float32")
    np.add.at(matrix, (np.arange(len(samples)) // SIDE, samples), 1 / SIDE)
    return matrix


def _lab(rgb):
    """sRGB in 0..1 [..., 3] in CIE Lab."""
    x, y, z = np.moveaxis(_root(_linear(rgb) @ PRIMARIES.T / WHITE), -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def _linear(rgb):
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def _root(xyz):
    return np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz * (29 / 6) ** 2 / 3 + 4 / 29)
