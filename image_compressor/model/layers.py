"""Layers that are allowed in a model.json."""

import random

import keras
from keras import ops

# A list of names, so that a file cannot reach layers that carry code (Lambda, TFSMLayer, ...).
_KERAS = """
    Conv2D Conv2DTranspose DepthwiseConv2D SeparableConv2D Dense
    Flatten Reshape Permute ZeroPadding2D Cropping2D UpSampling2D
    MaxPooling2D AveragePooling2D GlobalMaxPooling2D GlobalAveragePooling2D
    Activation ReLU LeakyReLU PReLU ELU Rescaling
    BatchNormalization LayerNormalization GroupNormalization RMSNormalization
    Dropout SpatialDropout2D GaussianNoise
    Convolution2D Convolution2DTranspose MaxPool2D AvgPool2D GlobalMaxPool2D GlobalAvgPool2D
"""

LAYERS = {name: getattr(keras.layers, name) for name in _KERAS.split()}

ROOT = "_root"  # ends the names of weights that a layer squares before use


@keras.saving.register_keras_serializable("image_compressor")
class Residual(keras.layers.Layer):
    """Layer x + f(x), where f is a chain of layers that keeps the shape of x (He et al. 2016).

    Args:
        layers: a list of {class name: arguments}, as in model.json.

    Example: {"Residual": {"layers": [{"Activation": {"activation": "relu"}},
                                      {"Conv2D": {"filters": 32, "kernel_size": 3,
                                                  "padding": "same"}}]}}

    Raises ValueError when it is built if f changes the shape.
    """

    def __init__(self, layers, **kwargs):
        super().__init__(**kwargs)
        self.layers = layers
        self.chain = [
            LAYERS[kind](**arguments) for layer in layers for kind, arguments in layer.items()
        ]

    def build(self, input_shape):
        shape = input_shape
        for layer in self.chain:
            layer.build(shape)
            shape = layer.compute_output_shape(shape)
        if tuple(shape) != tuple(input_shape):
            raise ValueError(f"its layers change the shape from {input_shape} to {shape}")

    def call(self, x):
        y = x
        for layer in self.chain:
            y = layer(y)
        return x + y

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "layers": self.layers}


@keras.saving.register_keras_serializable("image_compressor")
class GDN(keras.layers.Layer):
    """Generalised divisive normalisation over channels, or its approximate inverse.

    Balle et al. 2016, "Density modeling of images using a generalized normalization
    transformation": `y_i = x_i / sqrt(beta_i + sum_j gamma_ij x_j^2)`; the inverse multiplies by
    the same root. beta and gamma stay positive as the squares of learned weights.

    Input and output: float [N, H, W, C].

    Args:
        inverse: whether to multiply, as decoders do.
    """

    LOWEST_BETA, START = 1e-6, 0.1

    def __init__(self, inverse=False, **kwargs):
        super().__init__(**kwargs)
        self.inverse = inverse

    def build(self, input_shape):
        channels = input_shape[-1]
        self.beta_root = self.add_weight(shape=(channels,), initializer="ones", name=f"beta{ROOT}")
        # Slightly above 0 off the diagonal too, because a square has no gradient at 0.
        start = ops.sqrt(self.START * ops.eye(channels) + 1e-4)
        self.gamma_root = self.add_weight(
            shape=(channels, channels),
            initializer=lambda shape, dtype: ops.cast(start, dtype),
            name=f"gamma{ROOT}",
        )

    def call(self, x):
        channels = x.shape[-1]
        gamma = ops.reshape(ops.square(self.gamma_root), (1, 1, channels, channels))
        norm = ops.conv(ops.square(x), gamma) + ops.square(self.beta_root) + self.LOWEST_BETA
        return x * (ops.sqrt(norm) if self.inverse else ops.rsqrt(norm))

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "inverse": self.inverse}


@keras.saving.register_keras_serializable("image_compressor")
class EdgePadding2D(keras.layers.Layer):
    """Layer that repeats the outermost rows and columns.

    A convolution with the padding "same" sees zeros, black, around an image. With this layer before
    it, and the padding "valid", it sees the image go on.

    Input: float [N, H, W, C]. Output: [N, top + H + bottom, left + W + right, C].

    Args:
        padding: [before, after], the number of rows and of columns.

    Example: {"EdgePadding2D": {"padding": [1, 2]}} before a Conv2D with a kernel of 5 and strides
    of 2.
    """

    def __init__(self, padding, **kwargs):
        super().__init__(**kwargs)
        self.padding = list(padding)

    def call(self, x):
        before, after = self.padding
        # The last row and column are counted from the start, because LiteRT's XNNPACK cannot count
        # from the end where sizes are not fixed.
        _, height, width, _ = ops.shape(x)
        last = x[:, height - 1 : height]
        x = ops.concatenate([*[x[:, :1]] * before, x, *[last] * after], axis=1)
        last = x[:, :, width - 1 : width]
        return ops.concatenate([*[x[:, :, :1]] * before, x, *[last] * after], axis=2)

    def compute_output_shape(self, input_shape):
        count, *sizes, channels = input_shape
        more = sum(self.padding)
        return (count, *(None if size is None else size + more for size in sizes), channels)

    def get_config(self):
        return {**super().get_config(), "padding": self.padding}


LAYERS |= {"Residual": Residual, "GDN": GDN, "EdgePadding2D": EdgePadding2D}


def make(kind, arguments, seeds=random):
    """Makes the layer that `{kind: arguments}` in a model.json describes.

    Args:
        seeds: a random.Random for the seeds of the initial weights. By default, Keras uses Python's
            global one, from which other threads (Prefect's) may draw at any moment.
    """
    layer = LAYERS[kind](**arguments)
    _seed(layer, seeds)
    return layer


def _seed(layer, seeds):
    for part in vars(layer).values():
        if isinstance(part, keras.initializers.Initializer) and hasattr(part, "seed"):
            part.seed = draw(seeds)
        elif isinstance(part, keras.random.SeedGenerator):  # in Dropout and noise layers
            part.state.assign([draw(seeds), 0])
    for inner in getattr(layer, "chain", ()):
        _seed(inner, seeds)


def draw(seeds):
    """Draws a seed from a random.Random."""
    return seeds.randint(1, 10**9)
