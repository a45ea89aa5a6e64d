"""model.json -> networks: the form of the reference design, checked before anything is built.

    {"model": {"name": ..., "layers": {
        "inputs": [{"Input": {"shape": [28, 28, 1]}}],
        "generator": {"name": ..., "layers": {
            "encoder": {"name": ..., "layers": [{"Conv2D": {"filters": 20, ...}}, ...]},
            "decoder": {"name": ..., "layers": [...]}}}}}}

Each layer is `{class name: arguments}`, and a Residual has a list of them. The last layer of the
encoder is named `compressed_representation`; its null `units` or `filters` become `latent_dims`.
"""

import inspect
import json
from pathlib import Path

import keras

from image_compressor.errors import InputError, nearest
from image_compressor.model.layers import LAYERS, make

LATENT = "compressed_representation"
GENERATOR = "model.layers.generator.layers"


def read(path):
    """The checked contents of a model.json below its key `model`, as a dict.

    Raises InputError for a missing or broken file, a wrong structure or an unknown layer.
    """
    try:
        document = json.loads(Path(path).read_text("utf-8"))
    except OSError as error:
        raise InputError(
            "a model.json", f"{path}: {error.strerror}", "Set train.architecture to a file."
        ) from None
    except (ValueError, RecursionError) as error:
        raise InputError("valid JSON", f"{path}: {error}", "Mend the file at that place.") from None
    _keys(document, "the file", {"model"})
    check(document["model"])
    return document["model"]


def check(config):
    """Raises InputError where `config`, the value of `model`, has another form than above."""
    _keys(config, "model", {"name", "layers"}, {"discriminator"})
    _keys(config["layers"], "model.layers", {"inputs", "generator"})
    input_shape(config)
    generator = config["layers"]["generator"]
    _keys(generator, "model.layers.generator", {"name", "layers"})
    _keys(generator["layers"], GENERATOR, {"encoder", "decoder"})
    for part in ("encoder", "decoder"):
        _keys(generator["layers"][part], f"{GENERATOR}.{part}", {"name", "layers"})
        name = generator["layers"][part]["name"]
        if not isinstance(name, str) or not name or "/" in name:
            raise InputError(f"a name without / at {GENERATOR}.{part}", name, "Change it.")
        for place, kind, arguments in _layers(config, part):
            _check_layer(place, kind, arguments)


def input_shape(config):
    """(H, W, C) of the images. The `dtype` of Input is read and means nothing: uint8 goes in."""
    place = "model.layers.inputs"
    inputs = config["layers"]["inputs"]
    if not (isinstance(inputs, list) and len(inputs) == 1):
        raise InputError(f"one input in {place}", inputs, "The model has one input, the image.")
    _keys(inputs[0], f"{place}[0]", {"Input"})
    _keys(inputs[0]["Input"], f"{place}[0].Input", {"shape"}, {"name", "dtype"})
    shape = inputs[0]["Input"]["shape"]
    whole = isinstance(shape, list) and all(type(size) is int and size > 0 for size in shape)
    if not whole or len(shape) != 3 or shape[2] not in (1, 3):
        raise InputError(
            f"[height, width, 1 or 3] in {place}[0].Input.shape", shape, "Give the images' shape."
        )
    return tuple(shape)


def fill(network, config, part, shape, latent_dims=None):
    """A `network` (Encoder or Decoder) with the layers of `part`, built for inputs of `shape`.

    Raises InputError, naming the layer, where Keras refuses it or the shapes do not meet.
    """
    name = config["layers"]["generator"]["layers"][part]["name"]
    filled = network([keras.Input(shape)], name=name)
    layers = _layers(config, part)
    if part == "encoder":
        place, kind, arguments = layers[-1]
        layers[-1] = (place, kind, _latent_arguments(place, arguments, latent_dims))
    for place, kind, arguments in layers:
        before = filled.output_shape[1:] if filled.layers else shape
        try:
            filled.add(make(kind, arguments))
        except Exception as error:  # Keras refuses with errors of many kinds
            raise InputError(
                f"arguments that {kind} accepts for its input {before} at {place}",
                f"{arguments} ({error})",
                "Change them, or the layer before.",
            ) from None
    if part == "decoder" and filled.output_shape[1:] != input_shape(config):
        raise InputError(
            f"{GENERATOR}.decoder to end in the input's shape {input_shape(config)}",
            filled.output_shape[1:],
            "Change its last layers, or model.layers.inputs.",
        )
    return filled


def _layers(config, part):
    """[(place in the file, class name, arguments)] of the encoder or the decoder."""
    items = config["layers"]["generator"]["layers"][part]["layers"]
    return _layer_list(items, f"{GENERATOR}.{part}.layers")


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
        allowed = f"a layer at {place}, one of {', '.join(LAYERS)}"
        raise InputError(allowed, kind, nearest(kind, LAYERS))
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


def _latent_arguments(place, arguments, latent_dims):
    """Those of the encoder's last layer, a null `units` or `filters` filled in."""
    if arguments.get("name") != LATENT:
        raise InputError(
            f"the encoder's last layer to be named {LATENT}",
            f"{place} named {arguments.get('name')}",
            "Name it so: its output is what is coded.",
        )
    key = next((key for key in ("units", "filters") if key in arguments), None)
    if key is None or arguments[key] not in (None, latent_dims):
        raise InputError(
            f"units or filters of {place} to be null or latent_dims, {latent_dims}",
            arguments.get(key) if key else sorted(arguments),
            "Write null to take latent_dims from params.yaml.",
        )
    return {**arguments, key: latent_dims}


def _keys(value, place, required, optional=frozenset()):
    """Raises InputError unless `value` is a dict with these keys."""
    if not isinstance(value, dict):
        raise InputError(f"an object at {place}", value, "See the README for the form.")
    allowed = {*required, *optional}
    for key in value:
        if key not in allowed:
            raise InputError(f"{_listed(allowed)} at {place}", key, nearest(key, allowed))
    for key in required - value.keys():
        raise InputError(f"{key} at {place}", _listed(value) or "nothing", f"Add {key}.")


def _listed(names):
    return ", ".join(sorted(map(str, names)))
