"""How often `drift` finds images of another kind among digits, and how often there are none.

    python -m benchmarks.measure.drift [WINDOWS] [IMAGES] [CODEC] [OTHERS]

Draws WINDOWS windows of IMAGES test digits, as they are and changed in several ways. In a tenth of
a window, OTHERS, a directory of colour pictures, cut to 28x28 in grey, takes the digits' place; it
is left out without one. TFDS_DATA_DIR must have `mnist`.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from scipy import ndimage

from benchmarks import arguments
from benchmarks.measure.digits import images
from image_compressor import Codec
from image_compressor.codec.exported import card
from image_compressor.images import decoding
from image_compressor.images.finding import find
from image_compressor.images.fitting import Policy
from image_compressor.watch import drift

Change = Callable[[np.ndarray], np.ndarray]


def changes(others: np.ndarray | None) -> Iterator[tuple[str, Change]]:
    """The name of each change, and what it makes of uint8 [N, 28, 28, 1]."""
    random = np.random.default_rng(1)
    axes = (1, 2)
    yield "none", lambda x: x
    yield "rotated 10 degrees", lambda x: ndimage.rotate(x, 10, axes, reshape=False, order=1)
    noise = lambda x: random.normal(0, 8, x.shape)  # noqa: E731
    yield "noise of 8 levels", lambda x: np.clip(x + noise(x), 0, 255).astype(np.uint8)
    yield "shifted 3 pixels", lambda x: np.roll(x, 3, axis=2)
    yield "blurred, sigma .7", lambda x: ndimage.gaussian_filter(x, (0, 0.7, 0.7, 0))
    yield "inverted", lambda x: 255 - x
    yield "thicker", lambda x: ndimage.grey_dilation(x, (1, 2, 2, 1))
    yield "thinner", lambda x: ndimage.grey_erosion(x, (1, 2, 2, 1))
    if others is not None:
        tenth = lambda x: others[random.integers(len(others), size=len(x) // 10)]  # noqa: E731
        yield "10 % other pictures", lambda x: np.concatenate([tenth(x), x[len(x) // 10 :]])


def main() -> None:
    given = arguments(__doc__, windows=20, images=200, codec="digits", others="")
    windows, count, name, folder = given
    codec, digits = Codec.load(name), images("test")
    typical = drift.of_card(card(codec.files or {}))
    random = np.random.default_rng(0)
    for kind, change in changes(pictures(Path(folder)) if folder else None):
        found = 0
        for _ in range(windows):
            window = change(digits[random.choice(len(digits), count, replace=False)])
            measured = drift.each(codec, window, typical.quality)
            found += drift.compare(typical, [""] * count, *measured).found
        print(f"{kind}: found in {found} of {windows} windows of {count}", flush=True)


def pictures(folder: Path) -> np.ndarray:
    """The pictures of a directory, cut to grey, uint8 [N, 28, 28, 1]."""
    policy = Policy(1, "crop", (28, 28))
    return np.stack([policy.apply(decoding.read(folder / p)) for p in find(folder).names.values()])


if __name__ == "__main__":
    main()
