"""How far a reconstruction is from its image: the terms of the loss, each a module here.

A module has `measure(x, x_hat)`: float images [N, H, W, C] in 0..1 and their reconstructions ->
float [N]. A similarity is 1 for equal images and lower for others; a difference is 0 for equal
images and higher for others.
"""

from image_compressor.registry import Registry

SIMILARITIES = Registry("train.similarity", __name__, "ssim", "ms_ssim")
DIFFERENCES = Registry("train.difference and train.terms", __name__, "l1", "mse")


def distortion(similarity, difference, alpha):
    """`alpha (1 - SSIM) + (1 - alpha) L1`, of each image, the loss of the reference design.

    Of other SIMILARITIES and DIFFERENCES the same.
    """
    return alpha * (1 - similarity) + (1 - alpha) * difference
