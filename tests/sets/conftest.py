"""Fixtures for the tests of sets."""

import numpy as np
import pytest
from PIL import Image

from image_compressor.sets import compressing


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """A directory of twenty images, on two levels."""
    directory, noise = tmp_path_factory.mktemp("set") / "images", np.random.default_rng(0)
    for number in range(20):
        path = directory / f"{number % 3}/{number:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(noise.integers(0, 256, (16, 16), np.uint8)).save(path)
    return directory


@pytest.fixture
def compress(folder, exported, tmp_path):
    """A function that compresses `folder`, or another source, and returns the parts."""

    def compress(output=tmp_path / "out", source=folder, codec=exported, partitions=6, **options):
        job, paths = compressing.begin(source, output, codec, partitions, **options)
        parts = [compressing.compress_part(job, *part) for part in enumerate(paths)]
        return compressing.end(job, parts)

    return compress


def contents(directory):
    """{relative path: bytes} of all files."""
    files = [path for path in directory.rglob("*") if path.is_file()]
    return {str(path.relative_to(directory)): path.read_bytes() for path in files}
