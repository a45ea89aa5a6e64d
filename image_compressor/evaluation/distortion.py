"""Distances of decoded images from their originals."""

from collections.abc import Sequence

import numpy as np

from image_compressor.images.colour_difference import largest
from image_compressor.images.groups import Group, centre, spread, stacks
from image_compressor.images.perceived import ssimulacra2
from image_compressor.images.similarity import SMALLEST, ms_ssim, ssim
from image_compressor.parallel import parallel_map

BATCH = 256  # images
SEEN, SIDE = 12, 768  # images whose SSIMULACRA2 is measured, and most pixels a side of each


def distortion(images: Group, decoded: Group) -> tuple[np.ndarray, float, float]:
    """Returns (SSIM of each image, L1 in 0..1, PSNR in dB) for uint8 images [H, W, C].

    L1 is the mean of the images' own; the PSNR, at most 100, is that of the mean of their mean
    square errors.
    """
    found = of_each(images, decoded)
    psnr = 10 * np.log10(1 / max(found["mse"].mean(), 1e-10))
    return found["ssim"], float(found["l1"].mean()), float(psnr)


def of_each(
    images: Group, decoded: Group, seen: Sequence[int] | np.ndarray = ()
) -> dict[str, np.ndarray]:
    """Measures each image: float [N] by the name of the measure.

    They are `ssim`, the mean absolute error `l1` and the mean square error `mse` in 0..1; `colour`
    for images in colours (see `colour_difference.largest`); and, for photographs (see
    `photographs`), `ms_ssim`, and `ssimulacra2` of the images whose numbers are in `seen`, NaN for
    the others.
    """
    measures = {"ssim": ssim, "l1": _absolute, "mse": _squared}
    if images[0].shape[2] == 3:
        measures["colour"] = largest
    if photographs(images):
        measures["ms_ssim"] = ms_ssim
    found = {name: in_batches(measure, images, decoded) for name, measure in measures.items()}
    if len(seen):
        scores = parallel_map(lambda number: _seen(images[number], decoded[number]), seen)
        found["ssimulacra2"] = np.full(len(images), np.nan)
        found["ssimulacra2"][seen] = [*scores]
    return found


def photographs(images: Group) -> bool:
    """Whether all images are in colours, and large enough for MS-SSIM."""
    return all(image.shape[2] == 3 and min(image.shape[:2]) >= SMALLEST for image in images)


def to_see(images: Group, count: int | None = None) -> np.ndarray:
    """The numbers of the photographs among the images whose SSIMULACRA2 is measured, a sample.

    Args:
        count: the sample is of a sample of so many of the images, which `spread` chose.
    """
    if not photographs(images):
        return np.empty(0, int)
    some = spread(len(images), count or len(images))
    return some[spread(len(some), SEEN)]


def _seen(x, y):
    score = ssimulacra2(*(np.ascontiguousarray(centre(image, SIDE, SIDE)) for image in (x, y)))
    return np.nan if score is None else score


def _absolute(x, y):
    return np.abs(x.astype(np.float64) - y).mean(axis=(1, 2, 3)) / 255


def _squared(x, y):
    return np.square((x.astype(np.float64) - y) / 255).mean(axis=(1, 2, 3))


def in_batches(measure, *groups: Group) -> np.ndarray:
    """Applies `measure`, which returns a value per image, to stacks of the groups: float64 [N]."""
    parts = zip(*(stacks(images, BATCH) for images in groups), strict=True)
    return np.concatenate([*parallel_map(lambda stack: measure(*stack), parts)], dtype=np.float64)
