"""The distortion that training minimises."""

from keras import ops

from image_compressor.model.metrics import l1, ms_ssim, mse, ssim

# Of images [N, H, W, C] in 0..1 -> [N].
SIMILARITIES = {"ssim": ssim, "ms_ssim": ms_ssim}
DIFFERENCES = {"l1": l1, "mse": mse}


def distortion(similarity, difference, alpha):
    """`alpha (1 - SSIM) + (1 - alpha) L1`, of each image, the loss of the reference design.

    Of other SIMILARITIES and DIFFERENCES the same.
    """
    return alpha * (1 - similarity) + (1 - alpha) * difference


def adversarial(discriminator, x, x_hat, y_hat):
    """(what the generator, what the discriminator minimises): the non-saturating loss.

    Goodfellow et al. 2014: `softplus(-D(x_hat))`, where the discriminator stays as it is, and
    `softplus(-D(x)) + softplus(D(x_hat))`, where the generator does; means over all patches.

    Args:
        discriminator: (images, latents) -> logits.
        x, x_hat: images [N, H, W, C] and their reconstructions.
        y_hat: the latents of both.
    """
    frozen = [ops.stop_gradient(variable) for variable in discriminator.trainable_variables]
    fooled, _ = discriminator.stateless_call(
        frozen, discriminator.non_trainable_variables, x_hat, y_hat
    )
    real, made = discriminator(x, y_hat), discriminator(ops.stop_gradient(x_hat), y_hat)
    told_apart = ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(made))
    return ops.mean(ops.softplus(-fooled)), told_apart
