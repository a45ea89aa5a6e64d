"""Measures memory use with photographs, and with codecs that are loaded and dropped.

    python -m benchmarks.torture.memory [CODEC]

Three measurements of resident memory (from /proc), each in its own process:

- the peak bytes per pixel for compressing and decompressing one image, beyond those for an image of
  16x16, for several sizes;
- six threads compress and decompress 40 images of 1152x1152 with one codec, and are then idle: at
  the end, memory is at most 600 MiB;
- 300 codecs are loaded, used and dropped while the cyclic garbage collector is off: this adds at
  most 50 MiB.

It takes about four minutes on two cores. Exit code 1 if a limit is exceeded.
"""

import gc
import multiprocessing
import resource
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks import arguments
from image_compressor import Codec

SIDES = (512, 1024, 2048, 3072)
THREADS, IMAGES, SIDE, LIMIT = 6, 40, 1152, 600
LOADS, ADDED = 300, 50
MIB = 2**20


def now() -> float:
    """Returns this process's resident memory in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / MIB


def peak() -> float:
    """Returns this process's peak resident memory in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def picture(side: int) -> np.ndarray:
    """Makes smooth noise, uint8 [side, side, 3], that `photo` need not store as a file."""
    coarse = np.random.default_rng(side).integers(60, 196, (max(2, side // 64),) * 2, np.uint8)
    grey = Image.fromarray(coarse).resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(grey.convert("RGB"))


def compressing(name: str, side: int) -> float:
    """Measures the bytes per pixel for compressing an image."""
    codec, image = Codec.load(name), picture(side)
    codec.compress([picture(16)])
    before = now()
    codec.compress([image])
    return (peak() - before) * MIB / side**2


def decompressing(name: str, data: bytes, side: int) -> float:
    """Measures the bytes per pixel for decompressing an image."""
    codec = Codec.load(name)
    codec.decompress(codec.compress([picture(16)]))
    before = now()
    codec.decompress(data)
    return (peak() - before) * MIB / side**2


def photographs(name: str) -> tuple[float, float]:
    """Compresses and decompresses in threads; returns memory in MiB (at the peak, at the end)."""
    codec = Codec.load(name)
    image = picture(SIDE)

    def there_and_back(_):
        codec.decompress(codec.compress([image]))

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(there_and_back, range(IMAGES)))
        return peak(), now()


def loads(name: str) -> float:
    """Measures the MiB that dropped codecs leave behind."""
    gc.disable()
    image = picture(16)

    def use():
        codec = Codec.load(name)
        codec.decompress(codec.compress([image]))

    for _ in range(20):
        use()
    before = now()
    for _ in range(LOADS):
        use()
    return now() - before


def apart(function: Callable, *arguments):
    """Calls a function in a new process; returns its result."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def main() -> None:
    (name,) = arguments(__doc__, codec="photo")
    for side in SIDES:
        data = Codec.load(name).compress([picture(side)])
        both = apart(compressing, name, side), apart(decompressing, name, data, side)
        print(f"{side}x{side}: {both[0]:.0f} and {both[1]:.0f} bytes per pixel", flush=True)
    most, end = apart(photographs, name)
    print(
        f"{IMAGES} photographs, {THREADS} threads: {most:.0f} MiB at the peak, {end:.0f} at the end"
    )
    added = apart(loads, name)
    print(f"{LOADS} dropped codecs: {added:.0f} MiB")
    sys.exit(end > LIMIT or added > ADDED)


if __name__ == "__main__":
    main()
