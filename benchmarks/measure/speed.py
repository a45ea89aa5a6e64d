"""Measures codecs on MNIST's 10,000 test digits: speed from file to file, access and memory.

    python -m benchmarks.measure.speed CODEC [CODEC ...]

TFDS_DATA_DIR must have `mnist`, prepared by tensorflow-datasets. Figures are medians of five runs.
"""

import argparse
import io
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.measure.digits import images
from image_compressor.codec.codec import Codec
from image_compressor.evaluation import rivals
from image_compressor.images.image_files import write_stack
from image_compressor.images.stack import Stack

REPEATS = 5
# Runs the command and prints its peak memory. getrusage would include the parent's before exec.
COMMAND = """
import re, sys
from pathlib import Path
from image_compressor.cli import main
main(sys.argv[1:])
print("peak", re.search("VmHWM:(.*)", Path("/proc/self/status").read_text())[1].strip())
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("codecs", nargs="+")
    parser.add_argument(
        "--million", action="store_true", help="also measure memory with 100,000 and 10^6"
    )
    options = parser.parse_args()
    digits = images("test")
    with tempfile.TemporaryDirectory() as directory:
        for name in options.codecs:
            file_to_file(name, digits, Path(directory))
            guarded(name, digits)
            access(name, digits)
            if options.million:
                memory(name, digits, Path(directory))


def file_to_file(name: str, digits: np.ndarray, directory: Path, quality: int = 50) -> None:
    """Measures compressing a .npy to an .imgc, and decompressing it to a .npy."""
    codec = Codec.load(name)
    stack, packed, back = (directory / f"{part}" for part in ("in.npy", "a.imgc", "out.npy"))
    np.save(stack, digits)

    def compress():
        with packed.open("wb") as file:
            codec.write(file, Stack(stack), quality=quality, guard=False)

    def decompress():
        with packed.open("rb") as file:
            write_stack(back, len(digits), codec.open(file).blocks(), force=True)

    rates = [len(digits) / seconds(work) for work in (compress, decompress)]
    size = packed.stat().st_size / len(digits)
    entropy = codec.bits(digits, quality).sum() / 8 / len(digits)
    print(
        f"{name}: compresses {rates[0]:,.0f} and decompresses {rates[1]:,.0f} images/s at "
        f"{size:.2f} bytes, {100 * (size / entropy - 1):.2f} % over the entropy of the symbols"
    )


def guarded(name: str, digits: np.ndarray, quality: int = 20) -> None:
    """Measures compressing with the guard, and with targets, beside JPEG XL and without it."""
    codec = Codec.load(name)
    choices = {
        "without the guard": {"quality": quality, "guard": False},
        "with it": {"quality": quality},
        "min_ssim .90": {"min_ssim": 0.9},
        "target_ssim .95": {"target_ssim": 0.95, "guard": False},
    }
    rates = {
        title: len(digits) / seconds(partial(codec.compress, digits, **options))
        for title, options in choices.items()
    }
    some = digits[::20]
    xl = partial(rivals.there_and_back, "jpeg-xl", some, 4.0)
    rates["JPEG XL"] = len(some) / seconds(xl)
    shown = ", ".join(f"{title} {rate:,.0f}" for title, rate in rates.items())
    print(f"{name}: images/s compressed to bytes {shown}")


def access(name: str, digits: np.ndarray) -> None:
    """Measures reading one image from an archive of 100,000, at random positions."""
    codec = Codec.load(name)
    file = io.BytesIO()
    codec.write(file, np.tile(digits, (10, 1, 1, 1)), guard=False)
    archive = codec.open(file)
    numbers = np.random.default_rng(0).integers(0, len(archive), 200)
    times = []
    for number in numbers:
        started = time.perf_counter()
        archive[int(number)]
        times.append(time.perf_counter() - started)
    print(f"{name}: one image out of {len(archive):,} in {1000 * median(times):.1f} ms")


def memory(name: str, digits: np.ndarray, directory: Path) -> None:
    """Measures the command's peak memory for many images."""
    for count in (100_000, 1_000_000):
        stack = np.lib.format.open_memmap(
            directory / "many.npy", "w+", np.uint8, (count, *digits.shape[1:])
        )
        for start in range(0, count, len(digits)):
            stack[start : start + len(digits)] = digits
        stack.flush()
        del stack
        output = directory / "many.imgc"
        arguments = ["compress", directory / "many.npy", "-o", output, "--codec", name, "--force"]
        started = time.perf_counter()
        result = subprocess.run(
            [sys.executable, "-c", COMMAND, *arguments], check=True, capture_output=True, text=True
        )
        rate = count / (time.perf_counter() - started)
        print(f"{name}: {count:,} images at {rate:,.0f}/s, {result.stdout.splitlines()[-1]}")


def seconds(work) -> float:
    """Returns the median of several runs, after one that is not counted."""
    times = []
    for _ in range(REPEATS + 1):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return median(times[1:])


if __name__ == "__main__":
    main()
