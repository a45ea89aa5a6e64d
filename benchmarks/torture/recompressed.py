"""Recompresses a set of shifted digits, killed three times, and again without a disturbance.

    python -m benchmarks.torture.recompressed [NUMBER] [SEED]

The theorem: the set that is resumed after SIGKILL equals the undisturbed one, to the byte, and has
every image once, in order. Prints the speed of `recompress` as a share of that of `decompress` and
then `compress --min-ssim`. 100,000 take ten minutes. Exit code 1 if the theorem does not hold.
"""

import random
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from benchmarks import arguments
from benchmarks.torture.interrupted import COMMAND, contents, killed
from benchmarks.torture.million import image

PARTITIONS, KILLS = 20, 3
MAX_LOSS = 0.02
CODEC = ["--codec", "digits"]
AGAIN = ["--to", "digits", "--max-loss", str(MAX_LOSS)]


def seconds(*arguments: str) -> float:
    """Runs a command of image-compressor; returns how long it took."""
    began = time.monotonic()
    subprocess.run([*COMMAND, *arguments], check=True, capture_output=True)
    return time.monotonic() - began


def listed(path: Path) -> list[str]:
    command = [*COMMAND, "list", str(path)]
    return subprocess.check_output(command, text=True).split()


def in_order(directory: Path) -> list[bytes]:
    """The content of each file, by its name."""
    return [content for _, content in sorted(contents(directory).items())]


def main() -> None:
    number, seed = arguments(__doc__, number=100_000, seed=0)
    chance = random.Random(seed)
    with TemporaryDirectory() as directory:
        images, old, new, resumed, back, again = (
            Path(directory, name) for name in ("images", "old", "new", "resumed", "back", "again")
        )
        images.mkdir()
        for index in range(number):
            Image.fromarray(image(index)).save(images / f"{index:07}.png", compress_level=1)
        sets = ["--partitions", str(PARTITIONS)]
        seconds("compress", str(images), "-o", str(old), *CODEC, *sets)
        takes = seconds("recompress", str(old), "-o", str(new), *AGAIN)
        both = seconds("decompress", str(old), "-o", str(back))
        floor = ["--min-ssim", str(1 - MAX_LOSS)]
        both += seconds("compress", str(back), "-o", str(again), *CODEC, *sets, *floor)
        print(f"recompress {takes:.1f} s, decompress and compress {both:.1f} s: {both / takes:.2f}")
        command = [*COMMAND, "recompress", str(old), "-o", str(resumed), *AGAIN]
        (work := Path(directory, "work")).mkdir()
        for _ in range(KILLS):
            ended, _ = killed(command, chance.uniform(takes / 10, takes / 4), work)
            print(f"killed: {len([*resumed.glob('*.imgc')])} of {PARTITIONS} files, ended: {ended}")
        subprocess.run(command, check=True, capture_output=True)
        equal = in_order(resumed) == in_order(new)
        whole = listed(resumed) == listed(old)
        print(f"equal to the byte: {equal}; every image once, in order: {whole}")
    sys.exit(not (equal and whole))


if __name__ == "__main__":
    main()
