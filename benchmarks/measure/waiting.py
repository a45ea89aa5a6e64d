"""Measures how long training waits for its data, as a share of a step's time.

    python -m benchmarks.measure.waiting

Trains models/digits.json on 20,000 digits from the shards of a data/prepared, first kept in memory,
then streamed from disk in each epoch, like larger data sets. The time until a batch arrives is
measured separately from the step with it.
"""

import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks import arguments
from image_compressor.data import datasets, records, splits
from image_compressor.data.source import SourceImage
from image_compressor.ingest.sources import digits
from image_compressor.model import architecture
from image_compressor.model.compressor import ImageCompressor
from image_compressor.training.training import train

BATCH, STEPS, COUNT = 64, 500, 20_000


def main() -> None:
    arguments(__doc__)
    with tempfile.TemporaryDirectory() as directory:
        records.write(images(), Path(directory), 0.1, 0.1, shard_bytes=10**6)
        compressor = ImageCompressor(architecture.read("models/digits.json"), 50)
        for name, cached in (("kept in memory", datasets.CACHED), ("streamed", 2**20)):
            datasets.CACHED = cached
            waited, worked = times(compressor, Path(directory))
            each = [1000 * seconds / STEPS for seconds in (waited, worked)]
            share = waited / (waited + worked)
            print(
                f"{name}: {each[0]:.2f} ms waiting, {each[1]:.2f} ms of work per step: {share:.1%}"
            )


def images():
    """Yields digits, each several times, slightly brighter each time."""
    source = list(digits.images())
    for number in range(COUNT):
        image = source[number % len(source)]
        yield SourceImage(f"{number}.png", image.content + np.uint8(number // len(source)))


def times(compressor: ImageCompressor, prepared: Path) -> tuple[float, float]:
    """Measures (seconds waiting for batches, seconds of training on them), over STEPS."""
    dataset = datasets.images(prepared, splits.TRAIN, mixed=True)
    batches = datasets.training_batches(dataset, BATCH, shift=1, seed=0)
    validation = datasets.validation_batches(dataset.take(BATCH), BATCH)
    train(compressor, batches.take(STEPS), validation, 1, 0.001)
    for _ in batches:  # fills the cache, if there is one
        pass
    waited = worked = 0.0
    batch = iter(batches.repeat())
    for _ in range(STEPS):
        started = time.perf_counter()
        x, y = next(batch)
        arrived = time.perf_counter()
        compressor.train_on_batch(x, y)
        waited += arrived - started
        worked += time.perf_counter() - arrived
    return waited, worked


if __name__ == "__main__":
    main()
