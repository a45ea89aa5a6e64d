import zipfile

import keras
import numpy as np


def test_keras_loads_the_networks(exported, compressor, pictures):
    x = pictures[..., None] / np.float32(255)
    for name, part in [("encoder", compressor.generator.encoder), ("full", compressor.generator)]:
        copy = keras.saving.load_model(exported / f"{name}.keras", safe_mode=True)
        assert np.allclose(copy(x), part(x), atol=1e-6)


def test_it_needs_no_class_of_this_package(exported):
    for name in ("encoder", "decoder"):
        with zipfile.ZipFile(exported / f"{name}.keras") as file:
            assert b"image_compressor" not in file.read("config.json")
