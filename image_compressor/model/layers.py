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
