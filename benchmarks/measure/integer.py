"""Measures the cost of a hyper-decoder in whole numbers: bytes at equal SSIM and PSNR.

    python -m benchmarks.measure.integer DIR --every 4    after `make codec` with photographs

The trained model codes photographs below DIR twice, each into a file and back: with the integer
hyper-decoder, and with the original one in floats, whose means are not rounded, and whose files can
be read only on this machine. Both use the same tables.
"""

import argparse
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.measure import photos
from image_compressor.codec.codec import Codec
from image_compressor.codec.frozen.hyper_tables import MEAN_STEPS, SCALES
from image_compressor.codec.hyper import HyperCoder
from image_compressor.evaluation import curves, measures
from image_compressor.images.fitting import Policy
from image_compressor.model import trained
from image_compressor.model.hyperprior import LOG_SCALES, STEP

QUALITIES = range(1, 101, 33)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("directory", type=Path, help="directory of photographs")
    parser.add_argument("--every", type=int, default=1, help="use only every Nth photograph")
    options = parser.parse_args()
    policy = Policy(3)
    pictures = [
        policy.apply(photograph)
        for photograph in photos.photographs(options.directory, options.every)
    ]
    compressor, qualities = trained.load(Path("models/trained"))
    whole = Codec(compressor.networks, qualities)
    floats = FloatCodec(compressor.networks, qualities, compressor.density.decoder)
    rates = [
        photos.mean(partial(measures.curve, codec, qualities=QUALITIES), pictures)
        for codec in (floats, whole)
    ]
    for name, curve in zip(("floats", "whole numbers"), rates, strict=True):
        for point in curve:
            print(
                f"{name}, quality {point.setting:.0f}: {point.bytes_per_image:.0f} bytes, "
                f"SSIM {point.ssim:.4f}, PSNR {point.psnr:.2f} dB"
            )
    ssim, psnr = (curves.bd_rate(*rates, kind) for kind in ("ssim", "psnr"))
    print(f"BD-rate of whole numbers: {ssim} % for the same SSIM, {psnr} % for the same PSNR")


class FloatCodec(Codec):
    """Codec with a hyper-decoder in floats."""

    def __init__(self, networks, qualities, hyper_decoder):
        super().__init__(networks, qualities)
        self.coder = lambda quality: FloatCoder(networks, self.tables(quality), hyper_decoder)


class FloatCoder(HyperCoder):
    """Coder whose means are not rounded; scales are the nearest of SCALES, as in any file."""

    def __init__(self, networks, tables, hyper_decoder):
        super().__init__(networks, tables)
        self.hyper_decoder = hyper_decoder

    def _predicted(self, z, height, width):
        output = np.asarray(self.hyper_decoder(z[None].astype(np.float32)))[0, :height, :width]
        means, log_scales = np.split(output, 2, axis=-1)
        index = np.rint((log_scales - LOG_SCALES[0]) / STEP)
        return means * MEAN_STEPS, np.clip(index, 0, len(SCALES) - 1).astype(np.uint8)


if __name__ == "__main__":
    main()
