"""Losses: the distance of each reconstruction from its original. Each is a module here.

A loss has `measure(x, x_hat)`: float images [N, H, W, C] in 0..1 and their reconstructions ->
float [N]. A similarity is 1 for equal images, and lower for others; a difference is 0 for equal
images, and higher for others. `train.terms` adds further differences to the loss.
"""

from image_compressor.registry import Registry

SIMILARITIES = Registry(
    "train.similarity",
    __name__,
    "ssim",
    "edge_ssim",
    "ms_ssim",
)
DIFFERENCES = Registry(
    "train.difference and train.terms",
    __name__,
    "l1",
    "mse",
    "ssimulacra2",
)


def measures(similarity, difference, terms=()):
    """Lists the `measure` of a similarity, a difference and further differences, by their names."""
    return [
        SIMILARITIES[similarity].measure,
        *(DIFFERENCES[name].measure for name in (difference, *terms)),
    ]


def distortion(similarity, difference, alpha):
    """Computes `alpha (1 - SSIM) + (1 - alpha) L1` for each image, the reference design's loss.

    The formula is the same for other SIMILARITIES and DIFFERENCES.
    """
    return alpha * (1 - similarity) + (1 - alpha) * difference
