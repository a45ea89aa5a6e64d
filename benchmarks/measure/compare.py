"""Compares this project's codecs, classical codecs and CompressAI on MNIST, in one table.

    python -m benchmarks.measure.compare CODEC [CODEC ...]
    python -m benchmarks.measure.compare models/best --compressai 10   # trains it for 10 minutes

Columns: bytes per image at a mean SSIM of .95, on MNIST's test digits (10,000 for the learned
codecs, 1,000 for the classical ones, whose files do not depend on each other), and images per
second for encoding and decoding, on all cores. TFDS_DATA_DIR must have `mnist`, prepared by
tensorflow-datasets.

The network of TensorFlow's MNIST compression tutorial is models/digits.json with 10 latents;
`python -m benchmarks.measure.digits tutorial` trains its codec.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.measure.digits import images
from image_compressor.codec.codec import Codec
from image_compressor.evaluation import curves, measures, rivals

WANTED = 0.95
CLASSICAL = 1000  # test digits


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("codecs", nargs="+")
    parser.add_argument("--compressai", type=float, help="minutes of training")
    options = parser.parse_args()
    digits = images("test")
    print(f"{'codec':24}{'bytes at SSIM .95':>20}{'encodes/s':>10}{'decodes/s':>10}")
    for name in options.codecs:
        learned(name, digits)
    for name in rivals.names():
        classical(name, digits[:: len(digits) // CLASSICAL])
    if options.compressai:
        compressai(options.compressai, digits)


def learned(name, digits):
    codec = Codec.load(name)
    points = measures.curve(codec, digits, range(1, 101, 9))
    data, there = timed(lambda: codec.compress(digits, quality=50, guard=False))
    _, back = timed(lambda: codec.decompress(data))
    row(name, points, len(digits) / there, len(digits) / back)


def classical(name, digits):
    points = rivals.measure(name, digits, 8)
    setting = min(points, key=lambda point: abs(point.ssim - WANTED)).setting
    _, both = timed(lambda: rivals.there_and_back(name, digits, setting))
    row(name, points, len(digits) / both, None)


def row(name, points, there, back):
    size = curves.at_ssim(points, WANTED)
    reached = max(point.ssim for point in points)
    size = f"{size:.2f}" if size else f"never, {reached:.3f}"
    back = f"{back:10,.0f}" if back else f"{'both':>10}"
    print(f"{name:24}{size:>20}{there:10,.0f}{back}")


def timed(work):
    """Runs `work` twice; returns (result, seconds) of the second run."""
    work()
    started = time.perf_counter()
    return work(), time.perf_counter() - started


def compressai(minutes, digits):
    """Trains CompressAI's FactorizedPrior for so many minutes, in its own environment."""
    script = Path(__file__).with_name("compressai_prior.py")
    home = Path(".venv-compressai")
    try:
        if not (home / "installed").exists():
            subprocess.run([sys.executable, "-m", "venv", home], check=True)
            pip = [home / "bin/pip", "install", "--quiet", "--disable-pip-version-check"]
            # Only the packages that its networks need: no build of torchvision fits this torch.
            needed = ("numpy<2", "scipy", "pytorch-msssim", "torch_geometric", "einops")
            subprocess.run([*pip, "torch==2.13.0", *needed], check=True)
            subprocess.run([*pip, "--no-deps", "compressai==1.2.8"], check=True)
            (home / "installed").touch()
        with tempfile.NamedTemporaryFile(suffix=".npz") as file:
            np.savez(file.name, train=images("train"), test=digits)
            subprocess.run([home / "bin/python", script, file.name, str(minutes)], check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"{'CompressAI':24} skipped: {error}")


if __name__ == "__main__":
    main()
