"""Properties of every format."""

import functools
import shutil
from dataclasses import replace

import numpy as np
import pytest

from image_compressor import InputError
from image_compressor.export import Exporter, verification
from image_compressor.export.formats import FORMATS
from image_compressor.export.verification import check_full
from image_compressor.model import architecture
from image_compressor.model.compressor import ImageCompressor
from image_compressor.training.freezing import freeze
from tests.conftest import ROOT

formats = pytest.mark.parametrize("name", [*FORMATS])


@pytest.fixture(scope="module")
def written(trained, changed, tmp_path_factory):
    """A function that returns a directory of a format's files, of a changed `part` if named."""

    @functools.cache
    def written(name, part=None):
        directory = tmp_path_factory.mktemp(name)
        source = replace(trained, compressor=changed(part)) if part else trained
        FORMATS[name].write(source, directory)
        return directory

    return written


@formats
def test_a_format_computes_what_the_keras_networks_do(trained, written, name):
    FORMATS[name].verify(trained, written(name))


@formats
@pytest.mark.parametrize(("part", "what"), [("encoder", "symbols"), ("decoder", "pixels")])
def test_a_network_with_other_weights_is_refused(trained, written, name, part, what):
    with pytest.raises(InputError, match=rf"the {what}.* from the {name} export"):
        FORMATS[name].verify(trained, written(name, part))


@pytest.mark.parametrize("name", ["litert", "keras", "onnx"])
def test_a_full_network_with_other_weights_is_refused(trained, written, tmp_path, name):
    mixed = shutil.copytree(written(name), tmp_path / "mixed")
    (full,) = written(name, "decoder").glob("full.*")
    shutil.copy(full, mixed)
    with pytest.raises(InputError, match=f"pixels of the full network.* from the {name} export"):
        FORMATS[name].verify(trained, mixed)


def test_a_full_network_is_compared_where_every_image_has_a_tie_too(trained, monkeypatch):
    monkeypatch.setattr(verification, "_ties", lambda y, widths: np.ones(y.shape, bool))
    check_full("other", trained.generator, trained)
    with pytest.raises(InputError, match="pixels of the full network"):
        check_full("other", lambda x: trained.generator(x) + 0.01, trained)


# Of any size. `make reproduce` exports digits.json; the others have the same layers.
EVERYDAY = ("photo",)


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    [
        pytest.param(path, id=path.stem, marks=[pytest.mark.torture] * (path.stem not in EVERYDAY))
        for path in sorted((ROOT / "models").glob("*.json"))
    ],
)
def test_every_architecture_that_comes_with_the_project_is_exported(path, tmp_path):
    compressor = ImageCompressor(architecture.read(path), 8)
    formats, images = {*FORMATS}, None
    if compressor.generator.image_shape[0] is None:
        formats -= {"saved_model"}
        images = np.random.default_rng(0).integers(0, 256, (2, 80, 112, 3), np.uint8)
    exporter = Exporter(compressor, freeze(compressor, images), images)
    card = exporter.export(tmp_path / "codec", formats=formats)
    assert {*card["formats"]} == formats
