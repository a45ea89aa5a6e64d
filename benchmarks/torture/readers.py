"""Reads one archive from threads, forked and spawned processes at the same time.

    python -m benchmarks.torture.readers [NUMBER]

The theorem: of NUMBER reads at random positions, none fails, and each returns the same image as a
single reader. The readers are eight threads, four processes that are forked while the threads read,
and four that are spawned and get a pickled archive. This holds for a file with images of one size
(`digits`), a file with images of any size (`photo`), and a set of files.

20,000 take about two minutes on two cores. Exit code 1 if the theorem does not hold.
"""

import multiprocessing
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks import arguments
from image_compressor import Codec
from image_compressor.sets import compressing
from image_compressor.sets.collection import Collection

THREADS, PROCESSES, SECONDS = 8, 4, 300
RANDOM = np.random.default_rng(0)


def reads(archive: Sequence, expected: Sequence, number: int, seed: int) -> Counter:
    """Counts the outcomes of `number` reads at random positions."""
    seen, positions = Counter(), np.random.default_rng(seed).integers(0, len(expected), number)
    for position in positions:
        try:
            right = np.array_equal(archive[int(position)], expected[position])
            seen["right" if right else "WRONG"] += 1
        except Exception as error:  # all errors are counted
            seen[f"ERROR {type(error).__name__}: {error}"[:150]] += 1
    return seen


def _tell(results, *arguments):
    results.put(reads(*arguments))


def at_once(
    archive: Sequence, expected: Sequence, number: int, processes: int = PROCESSES
) -> Counter:
    """Counts the outcomes of all readers."""
    share = -(-number // (THREADS + 2 * processes))
    seen: Counter = Counter()
    with ThreadPoolExecutor(THREADS) as pool:
        threads = [pool.submit(reads, archive, expected, share, seed) for seed in range(THREADS)]
        waiting = []
        for way in ("fork", "spawn"):
            context = multiprocessing.get_context(way)
            for seed in range(processes):
                results = context.SimpleQueue()
                arguments = (results, archive, expected, share, 100 + seed)
                process = context.Process(target=_tell, args=arguments)
                process.start()
                waiting.append((process, results))
        for process, results in waiting:
            process.join(SECONDS)
            if process.exitcode == 0:
                seen += results.get()
            else:
                seen[f"PROCESS {process.exitcode}"] += 1
                process.kill()
        for thread in threads:
            seen += thread.result()
    return seen


@contextmanager
def one_size(directory: Path) -> Iterator[tuple[Sequence, Sequence]]:
    codec, images = Codec.load("digits"), RANDOM.integers(0, 256, (60, 28, 28), np.uint8)
    with _file(codec, directory, images) as opened:
        yield opened


@contextmanager
def any_size(directory: Path) -> Iterator[tuple[Sequence, Sequence]]:
    codec = Codec.load("photo")
    images = [RANDOM.integers(0, 256, (16, 8 + side, 3), np.uint8) for side in range(40)]
    with _file(codec, directory, images) as opened:
        yield opened


@contextmanager
def a_set(directory: Path) -> Iterator[tuple[Sequence, Sequence]]:
    for number in range(60):
        pixels = RANDOM.integers(0, 256, (28, 28), np.uint8)
        Image.fromarray(pixels).save(_made(directory / f"images/{number:02}.png"))
    job, names = compressing.begin(directory / "images", directory / "set", "digits", 20)
    parts = [compressing.compress_part(job, *part) for part in enumerate(names)]
    compressing.end(job, parts)
    with Collection(Codec.load("digits"), directory / "set") as images:
        yield images, list(images)


@contextmanager
def _file(codec, directory, images):
    path = _made(directory / "images.imgc")
    path.write_bytes(codec.compress(images))
    with path.open("rb") as file:
        archive = codec.open(file)
        yield archive, list(archive)


def _made(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


KINDS: dict[str, Callable] = {
    "images of one size": one_size,
    "images of any size": any_size,
    "a set of 20 files": a_set,
}


def main() -> None:
    (number,), failed = arguments(__doc__, number=20_000), False
    for name, opened in KINDS.items():
        with tempfile.TemporaryDirectory() as directory, opened(Path(directory)) as both:
            start = time.perf_counter()
            seen = at_once(*both, number)
            print(f"{name}: {dict(seen)}, {time.perf_counter() - start:.0f} s", flush=True)
            failed |= any(outcome != "right" for outcome in seen)
    sys.exit(failed)


if __name__ == "__main__":
    main()
