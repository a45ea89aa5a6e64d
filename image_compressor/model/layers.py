"""The layers that model.json may name."""

import keras

# By name, so that nothing that carries code (Lambda, TFSMLayer, ...) can be reached from a file.
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


@keras.saving.register_keras_serializable("image_compressor")
class Residual(keras.layers.Layer):
    """x + f(x), where f is a chain of layers that keeps the shape of x (He et al. 2016).

    Args:
        layers: as in model.json, a list of {class name: arguments}.

    Example: {"Residual": {"layers": [{"Activation": {"activation": "relu"}},
                                      {"Conv2D": {"filters": 32, "kernel_size": 3,
                                                  "padding": "same"}}]}}

    Raises ValueError, when it is built, where f changes the shape.
    """

    def __init__(self, layers, **kwargs):
        super().__init__(**kwargs)
        self.layers = layers
        self.chain = [
            make(kind, arguments) for layer in layers for kind, arguments in layer.items()
        ]

    def build(self, input_shape):
        shape = input_shape
        for layer in self.chain:
            layer.build(shape)
            shape = layer.compute_output_shape(shape)
        if tuple(shape) != tuple(input_shape):
            raise ValueError(f"its layers make {shape} of {input_shape}, which must be equal")

    def call(self, x):
        y = x
        for layer in self.chain:
            y = layer(y)
        return x + y

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "layers": self.layers}


LAYERS["Residual"] = Residual


def make(kind, arguments):
    """The layer that `{kind: arguments}` in a model.json names."""
    return LAYERS[kind](**arguments)
