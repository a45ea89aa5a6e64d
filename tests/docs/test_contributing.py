"""The modules that CONTRIBUTING.md shows do what it says of them."""

import re
import textwrap

import numpy as np
import pytest

from image_compressor import InputError
from image_compressor.images.similarity import check_size
from tests.conftest import ROOT

RECIPES = re.split("^###? ", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), flags=re.MULTILINE)


def module(recipe):
    """The names in the module of a recipe."""
    (text,) = (one for one in RECIPES if one.startswith(f"{recipe}\n"))
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names = {}
    exec(textwrap.dedent(code), names)
    return names


def test_the_source_gives_images_that_ingest_takes():
    source = module("A source of images")["images"]()
    images = list(source)
    assert len(source) == len(images) == len({image.content.tobytes() for image in images})
    assert [image.name for image in source] == [image.name for image in images]
    check_size(images[0].content[None, ..., None].shape)
    assert {image.content.dtype for image in images} == {np.dtype("uint8")}


def test_the_term_is_a_number_for_each_image_and_grows_with_the_error(pictures):
    term = module("A term of the loss")["measure"]
    x = pictures[..., None] / np.float32(255)
    same, near, far = (np.asarray(term(x, x + error)) for error in (0, 0.1, 0.2))
    assert same.shape == (len(x),)
    assert (same < near).all()
    assert (near < far).all()


def test_the_format_verifies_what_it_wrote(compressor, qualities, pictures, tmp_path):
    from image_compressor.export.trained_model import TrainedModel

    form = module("An export format")
    trained = TrainedModel(compressor, qualities, pictures[..., None])
    form["write"](trained, tmp_path)
    form["verify"](trained, tmp_path)
    weights = compressor.generator.decoder.get_weights()
    compressor.generator.decoder.set_weights([2 * weight for weight in weights])
    try:
        with pytest.raises(InputError, match="from the hdf5 export"):
            form["verify"](trained, tmp_path)
    finally:
        compressor.generator.decoder.set_weights(weights)
