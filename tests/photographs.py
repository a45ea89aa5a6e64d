"""A model for images of any size, small enough to train in a test, and images for it."""

import numpy as np


def config(channels=3):
    """A model.json with a latent for 4x4 pixels, and a hyper-latent for 4x4 latents."""
    convolution = {"kernel_size": 3, "strides": 2, "padding": "same"}
    hyper = convolution | {"activation": "relu"}
    return {
        "name": "tiny-photo",
        "layers": {
            "inputs": [{"Input": {"shape": [None, None, channels], "name": "image"}}],
            "generator": {
                "name": "generator",
                "layers": {
                    "encoder": {
                        "name": "encoder",
                        "layers": [
                            {"EdgePadding2D": {"padding": [0, 1]}},
                            {"Conv2D": {"filters": 6, **convolution, "padding": "valid"}},
                            {"GDN": {}},
                            {
                                "Conv2D": {
                                    "filters": None,
                                    "name": "compressed_representation",
                                    **convolution,
                                }
                            },
                        ],
                    },
                    "decoder": {
                        "name": "decoder",
                        "layers": [
                            {"EdgePadding2D": {"padding": [1, 1]}},
                            {"Conv2DTranspose": {"filters": 6, **convolution}},
                            {"Cropping2D": {"cropping": 2}},
                            {"GDN": {"inverse": True}},
                            {"Conv2DTranspose": {"filters": channels, **convolution}},
                        ],
                    },
                },
            },
            "hyperprior": {
                "name": "hyperprior",
                "layers": {
                    "encoder": {
                        "name": "hyper_encoder",
                        "layers": [
                            {"Conv2D": {"filters": 5, **hyper}},
                            {"Conv2D": {"filters": 4, **convolution}},
                        ],
                    },
                    "decoder": {
                        "name": "hyper_decoder",
                        "layers": [
                            {"Conv2DTranspose": {"filters": 5, **hyper}},
                            {"Conv2DTranspose": {"filters": 5, **hyper}},
                            {"Conv2D": {"filters": None, "kernel_size": 3, "padding": "same"}},
                        ],
                    },
                },
            },
        },
    }


def compressor():
    """An ImageCompressor made from `config`, trained for a few seconds."""
    import tensorflow as tf

    from image_compressor.data import datasets
    from image_compressor.model.compressor import ImageCompressor
    from image_compressor.training.training import make_deterministic, train

    make_deterministic(0)
    compressor = ImageCompressor(config(), 6, rate_weights=(0.01, 0.5))
    images = np.stack([picture(64, 64, seed=seed) for seed in range(64)])
    dataset = tf.data.Dataset.from_tensor_slices(images)
    many = dataset.repeat(15)  # an epoch takes time by itself
    batches = datasets.training_batches(many, 8, 0, 0, crop=32, flip=True)
    train(compressor, batches, datasets.validation_batches(dataset.take(8), 8), 2, 0.005)
    return compressor


def picture(height, width, channels=3, seed=0):
    """A smooth image with some noise: uint8 [height, width, channels]."""
    random = np.random.default_rng(seed)
    rows, columns = np.mgrid[:height, :width]
    phases = random.uniform(0, 6, channels)
    waves = np.sin(rows[..., None] / 9 + phases) + np.cos(columns[..., None] / 7 - phases)
    noisy = 128 + 50 * waves + random.normal(0, 6, (height, width, channels))
    return noisy.clip(0, 255).astype(np.uint8)
