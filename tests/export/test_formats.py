"""What holds for every format."""

from dataclasses import replace

import pytest

from image_compressor import InputError
from image_compressor.export.exporter import FORMATS

formats = pytest.mark.parametrize("name", FORMATS)


@formats
def test_a_format_computes_what_the_keras_networks_do(source, tmp_path, name):
    FORMATS[name].write(source, tmp_path)
    FORMATS[name].verify(source, tmp_path)


@formats
@pytest.mark.parametrize(("part", "what"), [("encoder", "symbols"), ("decoder", "pixels")])
def test_a_network_with_other_weights_is_refused(source, changed, tmp_path, name, part, what):
    FORMATS[name].write(replace(source, generator=changed(part)), tmp_path)
    with pytest.raises(InputError, match=rf"the {what}.* from the {name} export"):
        FORMATS[name].verify(source, tmp_path)


@pytest.mark.parametrize("name", ["litert", "keras", "onnx"])
def test_a_full_network_with_other_weights_is_refused(source, changed, tmp_path, name):
    FORMATS[name].write(source, tmp_path)
    (other := tmp_path / "other").mkdir()
    FORMATS[name].write(replace(source, generator=changed("decoder")), other)
    (full,) = other.glob("full.*")
    full.replace(tmp_path / full.name)
    with pytest.raises(InputError, match=f"pixels.* from the full network in {name}"):
        FORMATS[name].verify(source, tmp_path)
