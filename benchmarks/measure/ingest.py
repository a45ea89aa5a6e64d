"""Measures scan, ingest and preprocess on many small PNGs: memory, use of cores, and speed.

    python -m benchmarks.measure.ingest [COUNT]

Writes COUNT (200,000) different PNGs of 28x28 pixels into a directory, runs the stages on it, and
prints for each stage the peak resident memory of all its processes, the share of the cores' time
that they used, and images per second, compared with one process that decodes the same files with
`Image.open` alone. RSS counts shared pages once for each process. On a busy machine, the share is
limited by other processes; the share of time in which processes were ready but waited for a core is
printed too (Linux: schedstat).
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

from image_compressor.ingest.sources import digits
from image_compressor.parallel import WORKERS

SCAN = (
    "scan.run(Path({0!r}) / 'source.csv', source='directory', path={0!r} + '/images', dataset=None)"
)
INGEST = (
    "ingest.run(Path({0!r}) / 'raw', Path({0!r}) / 'images.json', Path({0!r}) / 'source.csv', "
    "source='directory', "
    "path={0!r} + '/images', dataset=None, feature=None, labels=None, "
    "limit=None, max_rejected=0.0, max_pixels=10**6, "
    "store=None, scheduler=None)"
)
PREPROCESS = (
    "preprocess.run(Path({0!r}) / 'raw', Path({0!r}) / 'prepared', validation=0.1, test=0.1, "
    "channels=1, fit='native', size=None, crops=1, shard_megabytes=64)"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=200_000)
    count = parser.parse_args().count
    with tempfile.TemporaryDirectory() as directory:
        write(Path(directory) / "images", count)
        plain = pillow(Path(directory) / "images")
        print(f"Pillow alone, one process: {plain:,.0f} images/s")
        for name, call in (("scan", SCAN), ("ingest", INGEST), ("preprocess", PREPROCESS)):
            seconds, busy, ready, memory = measured(name, call.format(directory))
            print(
                f"{name}: {count / seconds:,.0f} images/s, {count / seconds / plain:.2f} of Pillow "
                f"alone; {busy:.0%} of {WORKERS} cores, {ready:.0%} waited for; "
                f"{memory / 2**20:,.0f} MiB in all processes"
            )


def write(directory: Path, count: int) -> None:
    """Writes digits, each with its number in its first pixels."""
    images = [image.content for image in digits.images()]
    for number in range(count):
        pixels = np.array(images[number % len(images)])
        pixels[0, :4] = np.frombuffer(number.to_bytes(4), np.uint8)
        path = directory / f"{number % 100:02}" / f"{number:07}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path)


def pillow(directory: Path, most: int = 20_000) -> float:
    """Returns the images per second that one process opens and decodes."""
    paths = sorted(directory.rglob("*.png"))[:most]
    started = time.perf_counter()
    for path in paths:
        with Image.open(path) as image:
            np.asarray(image)
    return len(paths) / (time.perf_counter() - started)


def measured(stage: str, call: str) -> tuple[float, float, float, int]:
    """Runs a stage; returns (seconds, share of cores used, share waited for, peak memory)."""
    code = f"from pathlib import Path\nfrom tasks import {stage}\n{call}"
    started, highest = time.perf_counter(), 0
    used: dict[int, float] = {}
    waited: dict[int, float] = {}
    process = psutil.Popen([sys.executable, "-c", code])
    while process.poll() is None:
        resident = 0
        for each in [process, *process.children(recursive=True)]:
            try:
                resident += each.memory_info().rss
                used[each.pid] = sum(each.cpu_times()[:2])
                waits = Path(f"/proc/{each.pid}/task").glob("*/schedstat")
                waited[each.pid] = sum(int(file.read_text().split()[1]) for file in waits) / 1e9
            except (psutil.NoSuchProcess, OSError):
                continue
        highest = max(highest, resident)
        time.sleep(0.1)
    seconds = time.perf_counter() - started
    if process.returncode:
        sys.exit(f"{stage} failed")
    shares = (sum(times.values()) / seconds / WORKERS for times in (used, waited))
    return seconds, *shares, highest


if __name__ == "__main__":
    main()
