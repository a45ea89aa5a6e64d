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
    FORMATS[name].write(replace(source, generator=changed("decoder")), other := tmp_path / "other")
    (full,) = other.glob("full.*")
    full.replace(tmp_path / full.name)
    with pytest.raises(InputError, match=f"pixels.* from the full network in {name}"):
        FORMATS[name].verify(source, tmp_path)


@formats
def test_the_same_network_is_the_same_bytes(source, tmp_path, name):
    for place in ("a", "b"):
        (tmp_path / place).mkdir()
        FORMATS[name].write(source, tmp_path / place)
    first, second = (
        {path.relative_to(tmp_path / place): path.read_bytes() for path in files(tmp_path / place)}
        for place in ("a", "b")
    )
    assert first == second


def files(directory):
    return [path for path in directory.rglob("*") if path.is_file()]
