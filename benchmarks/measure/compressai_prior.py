"""Trains and measures CompressAI's FactorizedPrior; compare.py runs this in its own venv.

    python compressai_prior.py DIGITS.npz MINUTES

The loss is this project's: .75 (1 - SSIM) + .25 L1 + rate weight * bits per pixel.
"""

import math
import sys
import time
import types

import numpy as np
import torch

# Stubs, because these only load pictures, which is not needed here, and do not fit this torch.
for name in ("torchvision", "torchvision.transforms", "compressai.datasets"):
    sys.modules[name] = types.ModuleType(name)
sys.modules["torchvision"].transforms = sys.modules["torchvision.transforms"]

from compressai.models.google import FactorizedPrior  # noqa: E402
from pytorch_msssim import ssim  # noqa: E402

RATE_WEIGHT, BATCH, PAD = 0.3, 128, 2


class Grey(FactorizedPrior):
    """FactorizedPrior for images with one channel."""

    def __init__(self, n, m):
        super().__init__(n, m)
        first, last = self.g_a[0], self.g_s[-1]
        self.g_a[0] = torch.nn.Conv2d(1, n, first.kernel_size, first.stride, first.padding)
        self.g_s[-1] = torch.nn.ConvTranspose2d(
            n, 1, last.kernel_size, last.stride, last.padding, last.output_padding
        )


def main():
    digits, minutes = np.load(sys.argv[1]), float(sys.argv[2])
    train, test = (
        torch.nn.functional.pad(
            torch.from_numpy(digits[split][..., 0]).float()[:, None] / 255, [PAD] * 4
        )
        for split in ("train", "test")
    )
    torch.manual_seed(0)
    model = Grey(64, 64)
    fit(model, train, 60 * minutes)
    model.update()
    model.eval()
    with torch.no_grad():
        started = time.perf_counter()
        files = [model.compress(test[i : i + 500]) for i in range(0, len(test), 500)]
        there = time.perf_counter() - started
        started = time.perf_counter()
        decoded = [model.decompress(file["strings"], file["shape"])["x_hat"] for file in files]
        back = time.perf_counter() - started
    size = sum(len(string) for file in files for string in file["strings"][0]) / len(test)
    x, x_hat = (image[..., PAD:-PAD, PAD:-PAD] for image in (test, torch.cat(decoded)))
    reached = ssim(x, x_hat.clamp(0, 1), data_range=1.0).item()
    name = f"CompressAI, SSIM {reached:.3f}"
    print(f"{name:24}{size:>20.2f}{len(test) / there:10,.0f}{len(test) / back:10,.0f}")


def fit(model, images, seconds):
    quantiles = [p for name, p in model.named_parameters() if name.endswith(".quantiles")]
    others = [p for name, p in model.named_parameters() if not name.endswith(".quantiles")]
    optimizers = torch.optim.Adam(others, 2e-3), torch.optim.Adam(quantiles, 1e-2)
    started = time.monotonic()
    while (passed := time.monotonic() - started) < seconds:
        for group in optimizers[0].param_groups:
            group["lr"] = 1e-3 * (1 + math.cos(math.pi * passed / seconds))
        x = images[torch.randint(len(images), (BATCH,))]
        out = model(x)
        bits = sum(torch.log2(p).sum() for p in out["likelihoods"].values()) / -len(x)
        a, b = (image[..., PAD:-PAD, PAD:-PAD] for image in (x, out["x_hat"]))
        distortion = 0.75 * (1 - ssim(a, b, data_range=1.0)) + 0.25 * (a - b).abs().mean()
        losses = distortion + RATE_WEIGHT * bits / 784, model.aux_loss()
        for optimizer, loss in zip(optimizers, losses, strict=True):
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(others, 1.0)
            optimizer.step()


if __name__ == "__main__":
    main()
