"""Multi-scale structural similarity."""

from keras import ops

from image_compressor.images.similarity import SMALLEST, WEIGHTS, check_size
from image_compressor.model.losses.ssim import similarity_maps


def measure(x, y, data_range=1.0):
    """Multi-scale structural similarity of each image (Wang et al. 2003): 1 for equal images.

    For each channel, the product over five scales, each half as fine as the one before, of the
    mean of contrast and structure (at the coarsest scale, of luminance too), to the power of the
    scale's weight in WEIGHTS; then the mean over the channels.

    Args:
        x, y: float images [N, H, W, C]; H and W at least SMALLEST.
        data_range: as for `ssim.measure`.

    Returns: float [N]. Raises InputError for smaller images.
    """
    x, y = ops.convert_to_tensor(x), ops.convert_to_tensor(y)
    check_size(x.shape, SMALLEST, "for MS-SSIM")
    product = 1.0
    for scale, weight in enumerate(WEIGHTS):
        if scale:
            x, y = (ops.average_pool(image, 2, 2) for image in (x, y))
        luminance, structure = similarity_maps(x, y, data_range)
        last = scale == len(WEIGHTS) - 1
        mean = ops.mean(luminance * structure if last else structure, axis=(2, 3))
        # Slightly above 0, because a power has no gradient at 0 and no value below.
        product *= ops.power(ops.maximum(mean, 1e-6), weight)
    return ops.mean(product, axis=1)
