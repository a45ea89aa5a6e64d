"""The distortion that training minimises."""


def distortion(ssim, l1, alpha):
    """`alpha (1 - SSIM) + (1 - alpha) L1`, of each image, the loss of the reference design."""
    return alpha * (1 - ssim) + (1 - alpha) * l1
