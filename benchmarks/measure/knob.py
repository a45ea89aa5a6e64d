"""Measures the BD-rate that one model for all rates loses to models trained for one rate each.

    python -m benchmarks.measure.knob [--name fast] [--epochs 6]

All are trained with the same settings and number of epochs on all of MNIST's training digits, and
measured on its 10,000 test digits through files. TFDS_DATA_DIR must have `mnist`, prepared by
tensorflow-datasets.
"""

import argparse

import numpy as np

from benchmarks.measure.digits import images, settings, trained
from image_compressor.codec.codec import Codec
from image_compressor.evaluation import curves, measures
from image_compressor.training.freezing import freeze

SINGLE = 4  # models for one rate


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", default="fast", help="settings in digits.yaml")
    parser.add_argument("--epochs", type=int, default=6)
    options = parser.parse_args()
    chosen = {**settings(options.name), "epochs": options.epochs}
    tests = images("test")

    def curve(rate_weights, qualities):
        compressor = trained({**chosen, "rate_weights": rate_weights})
        codec = Codec(compressor.networks, freeze(compressor))
        return measures.curve(codec, tests, qualities)

    low, high = chosen["rate_weights"]
    one = curve([low, high], range(1, 101, 9))
    inner = np.geomspace(low, high, SINGLE + 2)[1:-1]
    single = [point for weight in inner.tolist() for point in curve([weight, weight], [50])]
    for name, points in (("one model", one), ("one model per rate", single)):
        print(name, *(f"{p.bytes_per_image:.2f} B / {p.ssim:.4f}" for p in points), sep=", ")
    for metric in ("ssim", "psnr"):
        print(f"BD-rate ({metric}) of the one model: {curves.bd_rate(single, one, metric)} %")


if __name__ == "__main__":
    main()
