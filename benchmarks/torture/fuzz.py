"""Decodes damaged and forged .imgc files, and checks the outcomes.

    python -m benchmarks.torture.fuzz [NUMBER] [SEED]

The theorem: each file is refused with an InputError, or its images are those of the original file.
There is no other error or crash. None takes more than LONGEST seconds of CPU time, or adds more
than LARGEST bytes of memory at its peak (measured on Linux only).

The files come from forgeries.py. Files of the kind `claimed` are read by all readers, with their
own limits: info and list, decompress with and without --only, the demo. A million take 100
minutes of a core; a bar shows how many are done. Files that break the theorem are kept in
fuzz-failures/; the exit code is then 1.
"""

import io
import random
import sys
import time
import zlib
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from tqdm import tqdm

from benchmarks import arguments
from benchmarks.torture.forgeries import KINDS, Sample, known, samples
from image_compressor import InputError
from image_compressor.codec.file.reader import Reader
from image_compressor.demo import api

FAILURES = Path("fuzz-failures")
BATCH, WORKERS = 5000, 2
LONGEST, LARGEST = 2.0, 300 * 2**20  # seconds, bytes of memory
MAX_PIXELS = 2**14
RIGHT = ("refused", "its images")
Reading = Callable[[Sample, bytes], list]


def listed(sample: Sample, data: bytes) -> list:
    """Reads a file like info and list."""
    reader = Reader(io.BytesIO(data))
    for name in reader.header.names or range(reader.count):
        str(name)
    return []


def only(sample: Sample, data: bytes) -> list:
    archive = sample.codec.open(io.BytesIO(data))
    return [archive[0], archive[len(archive) - 1]]


def whole(sample: Sample, data: bytes) -> list:
    return list(sample.codec.decompress(data))


def shown(sample: Sample, data: bytes) -> list:
    """Reads a file like the demo."""
    if not sample.codec.any_size:
        api.decompress(sample.codec, data, 0, 60)
    return []


def opened(sample: Sample, data: bytes) -> list:
    archive = sample.codec.open(io.BytesIO(data), max_pixels=MAX_PIXELS)
    return [archive[number] for number in range(min(len(archive), 700))]


def resident() -> int:
    """Makes the resident memory the new peak (proc(5), clear_refs); returns it in bytes."""
    if not CLEAR.exists():
        return 0
    CLEAR.write_text("5")
    return _status("VmRSS")


def peak() -> int:
    """Returns the peak of the resident memory since the last call of `resident`."""
    return _status("VmHWM") if CLEAR.exists() else 0


def _status(name):
    text = Path("/proc/self/status").read_text()
    return 1024 * int(text.split(f"{name}:")[1].split()[0])


def outcome(sample: Sample, data: bytes, read: Reading = opened) -> str:
    """Reads a file; returns "refused", "its images", or how it breaks the theorem."""
    began, before = time.process_time(), resident()
    try:
        images = read(sample, data)
    except InputError:
        images = None
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # breaks the theorem; constriction's panics are no Exceptions
        return f"{type(error).__name__}: {error}"
    if time.process_time() - began > LONGEST:
        return f"{read.__name__} {time.process_time() - began:.0f} s"
    if (added := peak() - before) > LARGEST:
        return f"{read.__name__} {added / 2**20:.0f} MiB"
    added_most[0] = max(added_most[0], added)
    if images is None:
        return "refused"
    return "its images" if known(images) <= sample.images else "OTHER IMAGES"


def batch(seed: str) -> tuple[Counter, int]:
    """Returns (outcomes of BATCH files, the most bytes of memory that one of them added)."""
    chance, counted = random.Random(seed), Counter()
    for _ in range(BATCH):
        sample, kind = chance.choice(SAMPLES), chance.choice([*KINDS])
        data = KINDS[kind](sample, chance.choice(SAMPLES), chance)
        reading = chance.choice(READINGS) if kind == "claimed" else opened
        became = outcome(sample, data, reading)
        counted[kind, became] += 1
        if became not in RIGHT:
            FAILURES.mkdir(exist_ok=True)
            (FAILURES / f"{zlib.crc32(data):08x}.imgc").write_bytes(data)
    return counted, added_most[0]


READINGS: list[Reading] = [listed, only, whole, shown]
SAMPLES: list[Sample] = []
CLEAR = Path("/proc/self/clear_refs")
added_most = [0]  # in this process


def prepare() -> None:
    SAMPLES.extend(samples())


def main() -> None:
    number, seed = arguments(__doc__, number=1_000_000, seed=0)
    seeds = [f"{seed} {start}" for start in range(0, number, BATCH)]
    with ProcessPoolExecutor(WORKERS, initializer=prepare) as pool:
        results = tqdm(pool.map(batch, seeds), total=len(seeds), unit="file", unit_scale=BATCH)
        counted, memory = zip(*results, strict=True)
    outcomes = sum(counted, Counter())
    for (kind, became), times in sorted(outcomes.items()):
        print(f"{kind:8} {became}: {times:,}")
    most = max(memory) / 2**20
    print(f"{outcomes.total():,} files of seed {seed}; each added {most:.0f} MiB at most")
    sys.exit(not all(became in RIGHT for _, became in outcomes))


if __name__ == "__main__":
    main()
