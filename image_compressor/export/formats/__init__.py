"""The formats of an export: each is a module here.

It has `write(trained, directory)`, which writes the networks of a TrainedModel, and
`verify(trained, directory)`, which raises InputError where what was written computes something
else: see `export.verification`.
"""

from image_compressor.registry import Registry

FORMATS = Registry(
    "export.formats",
    __name__,
    "litert",
    "keras",
    "onnx",
    "saved_model",
)
ONE_SIZE = {"saved_model"}  # the formats that models for images of any size cannot have
