"""model.json -> networks: the reference design's format, checked before anything is built.

    {"model": {"name": ..., "layers": {
        "inputs": [{"Input": {"shape": [28, 28, 1]}}],
        "generator": {"name": ..., "layers": {
            "encoder": {"name": ..., "layers": [{"Conv2D": {"filters": 20, ...}}, ...]},
            "decoder": {"name": ..., "layers": [...]}}}}}}

Each layer is `{class name: arguments}`, and a Residual has a list of them. The last layer of the
encoder is named `compressed_representation`; its null `units` or `filters` become `latent_dims`.

With the shape [null, null, channels], a model takes images of any size. Such a model may have,
beside the generator, a `hyperprior` of the same form, which gives the density of its latents
(`MeanScaleHyperprior`). The null `filters` of the last layer of the hyperprior's decoder become
2 latent_dims, a mean and a scale for each latent.

Beside the model's `layers` there may be a `discriminator`, {"name": ..., "layers": [...]}.
"""

import inspect
import json
import random
from pathlib import Path
from typing import Any

import keras
import numpy as np

import image_compressor.documents as documents
from image_compressor.codec.tiles import MARGIN
from image_compressor.errors import InputError, nearest
from image_compressor.model.layers import LAYERS, make
from image_compressor.registry import unknown

DISCRIMINATOR = "discriminator"
LATENT = "compressed_representation"
GENERATOR, HYPERPRIOR = "generator", "hyperprior"
PARTS = ("encoder", "decoder")


def read(path):
    """Reads a model.json, checks it, and returns the value of its key `model`, a dict.

    Raises InputError for a missing or malformed file, a wrong structure or an unknown layer.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise InputError(
            "a model.json", f"{path}: {error.strerror}", "Set train.architecture to a file."
        ) from None
    what, fix = f"valid JSON in {path}", "Correct the file there."
    document = documents.read(content, dict[str, Any], what, fix)
    _keys(document, "the file", {"model"})
    check(document["model"])
    return document["model"]


def check(config):
    """Raises InputError unless `config`, the value of `model`, has the form described above."""
    _keys(config, "model", {"name", "layers"}, {DISCRIMINATOR})
    _keys(config["layers"], "model.layers", {"inputs", GENERATOR}, {HYPERPRIOR})
    shape = input_shape(config)
    if HYPERPRIOR in config["layers"] and shape[0] is not None:
        raise InputError(
            "[null, null, channels] in model.layers.inputs[0].Input.shape, for a hyperprior",
            list(shape),
            "Write null for height and width: such a model takes images of any size.",
        )
    for owner in {GENERATOR, HYPERPRIOR} & config["layers"].keys():
        path, networks = f"model.layers.{owner}", config["layers"][owner]
        _keys(networks, path, {"name", "layers"})
        _keys(networks["layers"], f"{path}.layers", {*PARTS})
        for part in PARTS:
            _check_network(networks["layers"][part], f"{path}.layers.{part}")

    if has_discriminator(config):
        _check_network(config[DISCRIMINATOR], f"model.{DISCRIMINATOR}")


def has_discriminator(config):
    """Returns whether the config has a discriminator with layers."""
    return bool(config.get(DISCRIMINATOR, {}).get("layers"))


def _check_network(network, path):
    _keys(network, path, {"name", "layers"})
    name = network["name"]
    if not isinstance(name, str) or not name or "/" in name:
        raise InputError(f"a name without / at {path}", name, "Change it.")
    for layer in _layer_list(network["layers"], f"{path}.layers"):
        _check_layer(*layer)


def input_shape(config):
    """Returns the images' shape (H, W, C), with H and W None for images of any size.

    The `dtype` of Input is accepted but ignored, because images are always uint8.
    """
    path = "model.layers.inputs"
    inputs = config["layers"]["inputs"]
    if not (isinstance(inputs, list) and len(inputs) == 1):
        raise InputError(f"one input in {path}", inputs, "The model has one input, the image.")
    _keys(inputs[0], f"{path}[0]", {"Input"})
    _keys(inputs[0]["Input"], f"{path}[0].Input", {"shape"}, {"name", "dtype"})
    shape = inputs[0]["Input"]["shape"]
    listed = isinstance(shape, list) and len(shape) == 3 and shape[2] in (1, 3)
    if not listed or not (shape[:2] == [None, None] or all(map(_is_size, shape))):
        raise InputError(
            f"[height, width, 1 or 3] in {path}[0].Input.shape, or both null for any size",
            shape,
            "Write the images' shape.",
        )
    return tuple(shape)


def _is_size(value):
    return type(value) is int and value > 0


def fill(network, config, owner, part, shape, channels=None, seeds=random):
    """Builds a `network` with the layers of a part, for inputs of `shape`.

    Args:
        network: its class, a Sequential.
        owner, part: position in the file: generator or hyperprior, encoder or decoder.
        channels: replaces a null `units` or `filters` of the last layer.
        seeds: seeds of the initial weights, see `layers.make`.

    Raises InputError, naming the layer, if Keras rejects it.
    """
    described = config["layers"][owner]["layers"][part]
    layers = _layer_list(described["layers"], f"model.layers.{owner}.layers.{part}.layers")
    if channels is not None:
        path, kind, arguments = layers[-1]
        if owner == GENERATOR:
            _check_latent_name(path, arguments)
        layers[-1] = (path, kind, _with_channels(path, arguments, channels))
    return _filled(network([keras.Input(shape)], name=described["name"]), shape, layers, seeds)


def discriminator(network, config, shape, seeds=random):
    """Builds a `network` with the layers of the discriminator, for inputs of `shape`.

    Raises InputError, naming the layer, if Keras rejects it.
    """
    described = config[DISCRIMINATOR]
    layers = _layer_list(described["layers"], f"model.{DISCRIMINATOR}.layers")
    return _filled(network([keras.Input(shape)], name=described["name"]), shape, layers, seeds)


def _filled(network, shape, layers, seeds):
    for path, kind, arguments in layers:
        before = network.output_shape[1:] if network.layers else shape
        try:
            network.add(make(kind, arguments, seeds))
        except Exception as error:  # Keras raises errors of many kinds
            raise InputError(
                f"arguments that {kind} accepts for its input {before} at {path}",
                f"{arguments} ({error})",
                "Change them, or the layer before.",
            ) from None
    return network


def stride(encoder, decoder, owner):
    """Returns the pixels per latent along an axis, for images of any size.

    Raises InputError unless the decoder turns latents into an image of the original size.
    """
    side = 1024
    whole = (1, side, side, encoder.input_shape[-1])
    latents = encoder.compute_output_shape(whole)
    back = decoder.compute_output_shape(latents)
    if len(latents) != 4 or side % latents[1] or tuple(back[:3]) != whole[:3]:
        raise InputError(
            f"model.layers.{owner} turns an input of {whole[1:]} into latents of "
            f"{tuple(latents[1:])} and these into {tuple(back[1:])}, not into the input's size. "
            "Use the padding same, and the same strides in the decoder as in the encoder."
        )
    return side // latents[1]


def check_reach(network, step):
    """Raises InputError unless outputs depend on at most MARGIN latents around them.

    Large images are computed in tiles that overlap by MARGIN latents.

    Args:
        step: positions of the network's input per latent, along an axis.
    """
    side = (MARGIN + 2) * step
    shape = (1, side, side, network.input_shape[-1])
    x = np.random.default_rng(0).normal(size=shape).astype("float32")
    ends = slice(0, step), slice(side - step, side)
    for far, near in (ends, ends[::-1]):
        other = x.copy()
        other[:, far], other[:, :, far] = 0, 0
        made, again = (keras.ops.convert_to_numpy(network(images)) for images in (x, other))
        part = made.shape[1] // (MARGIN + 2)
        corner = slice(0, part) if near.start == 0 else slice(made.shape[1] - part, None)
        if not np.allclose(made[:, corner, corner], again[:, corner, corner], atol=1e-4):
            raise InputError(
                f"The {network.name} sees more than {MARGIN} latents around each, too many for "
                "images of any size. Use smaller kernels, fewer layers, and no layers over the "
                "whole image."
            )


def _layer_list(items, path):
    if not isinstance(items, list) or not items:
        raise InputError(f"a list of layers at {path}", items, "Add layers: {class: arguments}.")
    for index, item in enumerate(items):
        if not (isinstance(item, dict) and len(item) == 1):
            raise InputError(
                f"{{class name: arguments}} at {path}[{index}]", item, "Write one class per layer."
            )
    return [
        (f"{path}[{index}].{kind}", kind, arguments)
        for index, item in enumerate(items)
        for kind, arguments in item.items()
    ]


def _check_layer(path, kind, arguments):
    if kind not in LAYERS:
        raise unknown(f"a layer at {path}", kind, LAYERS, "image_compressor/model/layers.py")
    accepted = {*inspect.signature(LAYERS[kind].__init__).parameters} - {"self", "args", "kwargs"}
    _keys(arguments, path, set(), accepted | {"name", "trainable", "dtype"})
    if kind == "Residual":
        for layer in _layer_list(arguments.get("layers"), f"{path}.layers"):
            _check_layer(*layer)
        arguments = {key: value for key, value in arguments.items() if key != "layers"}
    for key, value in arguments.items():
        # From a dict, Keras could build an object of any module.
        if "{" in json.dumps(value):
            raise InputError(
                f"a number, string, boolean, null or list at {path}.{key}", value, "Use its name."
            )


def _check_latent_name(path, arguments):
    if arguments.get("name") != LATENT:
        raise InputError(
            f"The encoder's last layer, {path}, is named {arguments.get('name')}. Name it "
            f"{LATENT}, because its output is coded."
        )


def _with_channels(path, arguments, channels):
    """Returns the arguments with a null `units` or `filters` filled in."""
    key = next((key for key in ("units", "filters") if key in arguments), None)
    if key is None or arguments[key] not in (None, channels):
        found = f"has {key} {arguments[key]}" if key else "has no units or filters"
        raise InputError(
            f"{path} {found}, but latent_dims is {channels}. Write null to use latent_dims from "
            "params.yaml."
        )
    return {**arguments, key: channels}


def _keys(value, path, required, optional=frozenset()):
    """Raises InputError unless `value` is a dict with these keys."""
    if not isinstance(value, dict):
        raise InputError(f"an object at {path}", value, "See docs/model.md for the format.")
    allowed = {*required, *optional}
    for key in value:
        if key not in allowed:
            raise InputError(f"{_listed(allowed)} at {path}", key, nearest(key, allowed))
    for key in required - value.keys():
        raise InputError(f"{key} at {path}", _listed(value) or "nothing", f"Add {key}.")


def _listed(names):
    return ", ".join(sorted(map(str, names)))
