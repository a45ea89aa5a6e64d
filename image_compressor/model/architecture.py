"""model.json -> networks: the form of the reference design, checked before anything is built.

    {"model": {"name": ..., "layers": {
        "inputs": [{"Input": {"shape": [28, 28, 1]}}],
        "generator": {"name": ..., "layers": {
            "encoder": {"name": ..., "layers": [{"Conv2D": {"filters": 20, ...}}, ...]},
            "decoder": {"name": ..., "layers": [...]}}}}}}

Each layer is `{class name: arguments}`, and a Residual has a list of them. The last layer of the
encoder is named `compressed_representation`; its null `units` or `filters` become `latent_dims`.

With the shape [null, null, channels] a model takes images of any size. Beside the generator there
may be a `hyperprior` of the same form: then latents have its density, `MeanScaleHyperprior`. The
null `filters` of its decoder's last layer become 2 latent_dims, a mean and a scale for each latent.

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
    """The checked contents of a model.json below its key `model`, as a dict.

    Raises InputError for a missing or broken file, a wrong structure or an unknown layer.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise InputError(
            "a model.json", f"{path}: {error.strerror}", "Set train.architecture to a file."
        ) from None
    what, fix = f"valid JSON in {path}", "Mend the file at that place."
    document = documents.read(content, dict[str, Any], what, fix)
    _keys(document, "the file", {"model"})
    check(document["model"])
    return document["model"]


def check(config):
    """Raises InputError where `config`, the value of `model`, has another form than above."""
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
        place, networks = f"model.layers.{owner}", config["layers"][owner]
        _keys(networks, place, {"name", "layers"})
        _keys(networks["layers"], f"{place}.layers", {*PARTS})
        for part in PARTS:
            _check_network(networks["layers"][part], f"{place}.layers.{part}")

    if has_discriminator(config):
        _check_network(config[DISCRIMINATOR], f"model.{DISCRIMINATOR}")


def has_discriminator(config):
    """Is there one with layers?"""
    return bool(config.get(DISCRIMINATOR, {}).get("layers"))


def _check_network(network, place):
    _keys(network, place, {"name", "layers"})
    name = network["name"]
    if not isinstance(name, str) or not name or "/" in name:
        raise InputError(f"a name without / at {place}", name, "Change it.")
    for layer in _layer_list(network["layers"], f"{place}.layers"):
        _check_layer(*layer)


def input_shape(config):
    """(H, W, C) of the images, H and W None where they may have any size.

    The `dtype` of Input is read and means nothing: uint8 goes in.
    """
    place = "model.layers.inputs"
    inputs = config["layers"]["inputs"]
    if not (isinstance(inputs, list) and len(inputs) == 1):
        raise InputError(f"one input in {place}", inputs, "The model has one input, the image.")
    _keys(inputs[0], f"{place}[0]", {"Input"})
    _keys(inputs[0]["Input"], f"{place}[0].Input", {"shape"}, {"name", "dtype"})
    shape = inputs[0]["Input"]["shape"]
    listed = isinstance(shape, list) and len(shape) == 3 and shape[2] in (1, 3)
    if not listed or not (shape[:2] == [None, None] or all(map(_is_size, shape))):
        raise InputError(
            f"[height, width, 1 or 3] in {place}[0].Input.shape, both null for any size",
            shape,
            "Give the images' shape.",
        )
    return tuple(shape)


def _is_size(value):
    return type(value) is int and value > 0


def fill(network, config, owner, part, shape, channels=None, seeds=random):
    """A `network` with the layers of a part, built for inputs of `shape`.

    Args:
        network: its class, a Sequential.
        owner, part: where in the file: generator or hyperprior, encoder or decoder.
        channels: what a null `units` or `filters` of the last layer become.
        seeds: of its first weights, see `layers.make`.

    Raises InputError, naming the layer, where Keras refuses it.
    """
    described = config["layers"][owner]["layers"][part]
    layers = _layer_list(described["layers"], f"model.layers.{owner}.layers.{part}.layers")
    if channels is not None:
        place, kind, arguments = layers[-1]
        if owner == GENERATOR:
            _check_latent_name(place, arguments)
        layers[-1] = (place, kind, _with_channels(place, arguments, channels))
    return _filled(network([keras.Input(shape)], name=described["name"]), shape, layers, seeds)


def discriminator(network, config, shape, seeds=random):
    """A `network` with the layers of the discriminator, built for inputs of `shape`.

    Raises InputError, naming the layer, where Keras refuses it.
    """
    described = config[DISCRIMINATOR]
    layers = _layer_list(described["layers"], f"model.{DISCRIMINATOR}.layers")
    return _filled(network([keras.Input(shape)], name=described["name"]), shape, layers, seeds)


def _filled(network, shape, layers, seeds):
    for place, kind, arguments in layers:
        before = network.output_shape[1:] if network.layers else shape
        try:
            network.add(make(kind, arguments, seeds))
        except Exception as error:  # Keras refuses with errors of many kinds
            raise InputError(
                f"arguments that {kind} accepts for its input {before} at {place}",
                f"{arguments} ({error})",
                "Change them, or the layer before.",
            ) from None
    return network


def stride(encoder, decoder, owner):
    """How many pixels of an image a latent stands for along an axis, for images of any size.

    Raises InputError unless the decoder makes of latents an image of the size they came from.
    """
    side = 1024
    whole = (1, side, side, encoder.input_shape[-1])
    latents = encoder.compute_output_shape(whole)
    back = decoder.compute_output_shape(latents)
    if len(latents) != 4 or side % latents[1] or tuple(back[:3]) != whole[:3]:
        raise InputError(
            f"model.layers.{owner} to make latents of {whole[1:]}, and the same size of them",
            f"{tuple(latents[1:])}, and {tuple(back[1:])}",
            "Use the padding same, and as many strides in the decoder as in the encoder.",
        )
    return side // latents[1]


def check_reach(network, step):
    """Raises InputError unless a part of what a network makes depends on no more than MARGIN
    latents around it: large images are computed in tiles that overlap by so many.

    Args:
        step: places of its input, along an axis, that a latent stands for.
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
                f"a network that sees at most {MARGIN} latents around each, for images of any size",
                f"the {network.name}, which sees more",
                "Use smaller kernels, fewer layers, and none over the whole image.",
            )


def _layer_list(items, place):
    if not isinstance(items, list) or not items:
        raise InputError(f"a list of layers at {place}", items, "Add layers: {class: arguments}.")
    for index, item in enumerate(items):
        if not (isinstance(item, dict) and len(item) == 1):
            raise InputError(
                f"{{class name: arguments}} at {place}[{index}]", item, "Write one class a layer."
            )
    return [
        (f"{place}[{index}].{kind}", kind, arguments)
        for index, item in enumerate(items)
        for kind, arguments in item.items()
    ]


def _check_layer(place, kind, arguments):
    if kind not in LAYERS:
        raise unknown(f"a layer at {place}", kind, LAYERS, "image_compressor/model/layers.py")
    accepted = {*inspect.signature(LAYERS[kind].__init__).parameters} - {"self", "args", "kwargs"}
    _keys(arguments, place, set(), accepted | {"name", "trainable", "dtype"})
    if kind == "Residual":
        for layer in _layer_list(arguments.get("layers"), f"{place}.layers"):
            _check_layer(*layer)
        arguments = {key: value for key, value in arguments.items() if key != "layers"}
    for key, value in arguments.items():
        # A dict is how Keras spells an object to be built, from any module.
        if "{" in json.dumps(value):
            raise InputError(
                f"a number, string, boolean, null or list at {place}.{key}", value, "Use its name."
            )


def _check_latent_name(place, arguments):
    if arguments.get("name") != LATENT:
        raise InputError(
            f"the encoder's last layer to be named {LATENT}",
            f"{place} named {arguments.get('name')}",
            "Name it so: its output is what is coded.",
        )


def _with_channels(place, arguments, channels):
    """Arguments with a null `units` or `filters` filled in."""
    key = next((key for key in ("units", "filters") if key in arguments), None)
    if key is None or arguments[key] not in (None, channels):
        raise InputError(
            f"units or filters of {place} to be null or {channels}, as latent_dims asks for",
            arguments.get(key) if key else sorted(arguments),
            "Write null to take latent_dims from params.yaml.",
        )
    return {**arguments, key: channels}


def _keys(value, place, required, optional=frozenset()):
    """Raises InputError unless `value` is a dict with these keys."""
    if not isinstance(value, dict):
        raise InputError(f"an object at {place}", value, "See docs/model.md for the form.")
    allowed = {*required, *optional}
    for key in value:
        if key not in allowed:
            raise InputError(f"{_listed(allowed)} at {place}", key, nearest(key, allowed))
    for key in required - value.keys():
        raise InputError(f"{key} at {place}", _listed(value) or "nothing", f"Add {key}.")


def _listed(names):
    return ", ".join(sorted(map(str, names)))
