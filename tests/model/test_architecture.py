import copy
import json

import pytest

from image_compressor import InputError
from image_compressor.codec.tiles import MARGIN
from image_compressor.model import architecture
from image_compressor.model.generator import Generator
from tests import photographs
from tests.conftest import ROOT, config

ENCODER = ["layers", "generator", "layers", "encoder", "layers"]
DECODER = ["layers", "generator", "layers", "decoder", "layers"]


def changed(path, value):
    tree = copy.deepcopy(config())
    place = tree
    for key in path[:-1]:
        place = place[key]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return tree


def residual(*layers):
    return {"Residual": {"layers": list(layers)}}


def build(tree):
    architecture.check(tree)
    return Generator(tree, 6)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "models").glob("*.json")), ids=lambda path: path.stem
)
def test_every_shipped_architecture_builds(path):
    tree = architecture.read(path)
    generator = Generator(tree, 50)
    assert generator.decoder.output_shape[1:] == architecture.input_shape(tree)


def test_layers_in_residuals_are_built():
    block = residual({"LeakyReLU": {}}, residual({"Conv2D": {"filters": 4, "kernel_size": 1}}))
    generator = build(changed([*ENCODER, 1], block))
    assert generator.encoder.count_params() == build(config()).encoder.count_params() + 4 * 4 + 4


def test_null_units_become_latent_dims():
    assert build(config()).latent_shape == (6,)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["layers"], None, "layers at model"),
        (["layer"], {}, "Did you mean layers"),
        (["layers", "inputs"], [], "one input"),
        (["layers", "inputs", 0, "Input", "shape"], [16, 16], r"height, width"),
        (["layers", "inputs", 0, "Input", "shape"], [16, 16, True], r"height, width"),
        (ENCODER, [], "a list of layers"),
        ([*ENCODER, 0], "Conv2D", r"encoder.layers\[0\]"),
        ([*ENCODER, 0], {"Conv2d": {}}, r"encoder.layers\[0\].Conv2d.*Did you mean Conv2D\?"),
        ([*ENCODER, 0], {"Lambda": {"function": "f"}}, r"Received: Lambda"),
        ([*ENCODER, 0], {"TFSMLayer": {"filepath": "x"}}, "Received: TFSMLayer"),
        ([*ENCODER, 0, "Conv2D"], {"filter": 4}, r"Received: filter. Did you mean filters\?"),
        ([*ENCODER, 0, "Conv2D", "filters"], "many", r"Conv2D accepts .* \(16, 16, 1\)"),
        ([*ENCODER, 0, "Conv2D", "filters"], -4, "Conv2D accepts"),
        ([*ENCODER, 0, "Conv2D", "activation"], "lreaky", "Conv2D accepts"),
        ([*ENCODER, 0, "Conv2D", "activation"], {"class_name": "f"}, "Use its name"),
        ([*ENCODER, 3, "Dense", "name"], "latent", "compressed_representation"),
        ([*ENCODER[:-1], "name"], "a/b", "name without /"),
        ([*ENCODER[:-1], "name"], 5, "name without /"),
        ([*ENCODER, 1], {"MaxPooling2D": {"strides": 0}}, "MaxPooling2D accepts"),
        ([*ENCODER, 1], {"BatchNormalization": {"axis": 9}}, "BatchNormalization accepts"),
        ([*ENCODER, 3, "Dense", "units"], 7, "latent_dims is 6"),
        ([*ENCODER, 3], residual({"Flatten": {}}), "compressed_representation"),
        ([*ENCODER, 1], {"Residual": {}}, r"a list of layers at .*encoder.layers\[1\].Residual"),
        ([*ENCODER, 1], residual(), r"a list of layers at .*encoder.layers\[1\].Residual.layers"),
        ([*ENCODER, 1], residual("ReLU"), r"Residual.layers\[0\]"),
        (
            [*ENCODER, 1],
            residual({"ReLU": {}}, {"Lambda": {"function": "f"}}),
            r"encoder.layers\[1\].Residual.layers\[1\].Lambda.*Received: Lambda",
        ),
        (
            [*ENCODER, 1],
            residual(residual({"ReLU": {"negative_slop": 1}})),
            r"Residual.layers\[0\].Residual.layers\[0\].ReLU.*Did you mean negative_slope\?",
        ),
        (
            [*ENCODER, 1],
            residual({"ReLU": {"max_value": {"class_name": "f"}}}),
            r"Residual.layers\[0\].ReLU.max_value.*Use its name",
        ),
        (
            [*ENCODER, 1],
            residual({"Conv2D": {"filters": 5, "kernel_size": 1}}),
            r"Residual accepts .* \(4, 4, 4\) at .*encoder.layers\[1\].Residual.*change the shape",
        ),
        ([*DECODER, 2, "Reshape", "target_shape"], [9, 9, 1], "Reshape accepts"),
        ([*DECODER, 1, "Dense", "units"], 255, r"Reshape accepts for its input \(255,\)"),
        ([*DECODER, 2, "Reshape", "target_shape"], [16, 8, 2], r"the input has \(16, 16, 1\)"),
    ],
)
def test_a_broken_architecture_is_refused_with_its_place(path, value, message):
    with pytest.raises(InputError, match=message) as error:
        build(changed(path, value))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["{", "[]", '{"models": 1}', "\x00\xff", "[" * 100000])
def test_a_file_that_is_no_architecture_is_refused(tmp_path, text):
    path = tmp_path / "model.json"
    path.write_text(text, "latin-1")
    with pytest.raises(InputError):
        architecture.read(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"absent.json"):
        architecture.read(tmp_path / "absent.json")


def test_what_else_files_of_the_reference_design_have_is_accepted(tmp_path):
    tree = config()
    tree["discriminator"] = {"name": "d", "layers": []}
    tree["layers"]["inputs"][0]["Input"]["dtype"] = "uint8"
    tree["layers"]["generator"]["layers"]["encoder"]["layers"][1] = {"MaxPool2D": {"pool_size": 2}}
    (tmp_path / "m.json").write_text(json.dumps({"model": tree}))
    assert build(architecture.read(tmp_path / "m.json")).latent_shape == (6,)


@pytest.mark.parametrize("part", ["encoder", "decoder"])
@pytest.mark.parametrize(
    "layer",
    [
        {"Conv2D": {"filters": 6, "kernel_size": 41, "padding": "same"}},
        {"GroupNormalization": {"groups": 1}},
    ],
)
def test_of_any_size_no_network_sees_further_than_tiles_overlap(part, layer):
    tree = photographs.config()
    Generator(tree, 6)
    tree["layers"]["generator"]["layers"][part]["layers"].insert(1, layer)
    with pytest.raises(InputError, match=f"{part} sees more than {MARGIN} latents"):
        Generator(tree, 6)
