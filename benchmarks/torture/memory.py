"""Measures the memory of photographs and of codecs that come and go.

    python -m benchmarks.torture.memory [CODEC]

Three measurements, each in a process of its own, of resident memory as /proc has it:

- bytes a pixel that compressing and decompressing one image take at most, beyond those of an image
  of 16x16, for several sizes;
- six threads compress and decompress 40 images of 1152x1152 with one codec; then they are idle:
  at the end it is at most 600 MiB;
- 300 codecs are loaded, used and dropped while the cyclic collector is off: what that adds is at
  most 50 MiB.

It takes about five minutes on two cores. Exit code 1 where a limit does not hold.
"""

import gc
import multiprocessing
import resource
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np

from image_compressor import Codec

SIDES = (512, 1024, 2048, 3072)
THREADS, IMAGES, SIDE, LIMIT = 6, 40, 1152, 600
LOADS, ADDED = 300, 50
MIB = 2**20


def now() -> float:
    """Resident MiB of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / MIB


def peak() -> float:
    """The most that `now` has been."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def picture(side: int) -> np.ndarray:
    """Blurred noise: uint8 [side, side, 3]."""
    coarse = np.random.default_rng(side).integers(0, 256, (side // 16 + 1,) * 2 + (3,), np.uint8)
    return coarse.repeat(16, axis=0).repeat(16, axis=1)[:side, :side].copy()


def compressing(name: str, side: int) -> float:
    """Bytes a pixel."""
    codec, image = Codec.load(name), picture(side)
    codec.compress([picture(16)])
    before = now()
    codec.compress([image])
    return (peak() - before) * MIB / side**2


def decompressing(name: str, data: bytes, side: int) -> float:
    """Bytes a pixel."""
    codec = Codec.load(name)
    codec.decompress(codec.compress([picture(16)]))
    before = now()
    codec.decompress(data)
    return (peak() - before) * MIB / side**2


def photographs(name: str) -> tuple[float, float]:
    """MiB (at most, in the end) of threads that compress and decompress."""
    codec = Codec.load(name)
    image = picture(SIDE)

    def there_and_back(_):
        codec.decompress(codec.compress([image]))

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(there_and_back, range(IMAGES)))
        return peak(), now()


def loads(name: str) -> float:
    """MiB that codecs have added which nobody has any more."""
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
    """The result of a function in a new process."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def main() -> None:
    name = [*sys.argv[1:], "photo"][0]
    for side in SIDES:
        data = Codec.load(name).compress([picture(side)])
        both = apart(compressing, name, side), apart(decompressing, name, data, side)
        print(f"{side}x{side}: {both[0]:.0f} and {both[1]:.0f} bytes a pixel", flush=True)
    most, end = apart(photographs, name)
    print(f"{IMAGES} photographs, {THREADS} threads: {most:.0f} MiB at most, {end:.0f} in the end")
    added = apart(loads, name)
    print(f"{LOADS} codecs that were dropped: {added:.0f} MiB")
    sys.exit(end > LIMIT or added > ADDED)


if __name__ == "__main__":
    main()
