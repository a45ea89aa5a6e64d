"""Measures computed by other libraries."""

import numpy as np
from skimage.metrics import structural_similarity


def scikit_ssim(x, y, data_range):
    """scikit-image's SSIM of each image [N, H, W, C], with the window of Wang et al."""
    return np.array(
        [
            structural_similarity(
                a,
                b,
                gaussian_weights=True,
                sigma=1.5,
                use_sample_covariance=False,
                data_range=data_range,
                channel_axis=-1,
            )
            for a, b in zip(x.astype(np.float64), y.astype(np.float64), strict=True)
        ]
    )
