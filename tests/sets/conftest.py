"""What the tests of sets share."""

import numpy as np
import pytest
from PIL import Image

from image_compressor.sets import compressing


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Twenty images in two levels."""
    directory, noise = tmp_path_factory.mktemp("set") / "images", np.random.default_rng(0)
    for number in range(20):
        path = directory / f"{number % 3}/{number:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(noise.integers(0, 256, (16, 16), np.uint8)).save(path)
    return directory


@pytest.fixture
def compress(folder, exported, tmp_path):
    """Compresses `folder`, or another place, in 6 partitions; returns the parts."""

    def compress(output=tmp_path / "out", source=folder, codec=exported, partitions=6, **options):
        job, paths = compressing.begin(source, output, codec, partitions, **options)
        parts = [compressing.compress_part(job, *part) for part in enumerate(paths)]
        return compressing.end(job, parts)

    return compress


def contents(directory):
    """Bytes by path."""
    files = [path for path in directory.rglob("*") if path.is_file()]
    return {str(path.relative_to(directory)): path.read_bytes() for path in files}
