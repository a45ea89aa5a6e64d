"""Facts about images -> an architecture and the parameters that train it."""

import copy
import itertools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from image_compressor.proposal.looking import Facts

OWN = Path("models/own.json")  # the architecture that is written
DENSE, SMALL = 32 * 32, 96 * 96  # most pixels for these kinds of network
MANY = 2000  # training images from which classes gain
FROM_PHOTO = 580  # steps of a training from the released codec, on cid22: docs/measured.md
TRAINED = 0.8  # share of the images that are for training


class Choice(NamedTuple):
    """Value of a parameter, and the reason for it."""

    value: Any
    reason: str = ""


@dataclass(frozen=True)
class Recipe:
    """Everything that a training needs but its length.

    Attributes:
        like: name of the architecture in models/ that it follows.
        config: the content of its model.json.
        params: sections of params.yaml that differ from the project's, with reasons.
        share: the range of bytes, relative to the smaller of WebP and AVIF at equal SSIM, that
            codecs of this kind took so far (docs/measured.md).
        steps: number of steps for which those were trained, or that suffice from its `start`.
    """

    like: str
    config: dict[str, Any]
    params: dict[str, dict[str, Choice]]
    share: tuple[float, float]
    steps: int

    @property
    def crop(self) -> int | None:
        """The side of the squares that training reads, for images of any size."""
        return self.params["train"]["crop"].value


def choose(facts: Facts, directory: Path, models: Path = Path("models")) -> Recipe:
    """Chooses the architecture by the size of the images, and settings that go with it.

    Args:
        directory: the folder of the images.
        models: the directory of the architectures.
    """
    size, channels = facts.size, facts.channels
    pixels = size[0] * size[1] if size else 0
    training = round(TRAINED * facts.images * (1 - facts.unusable))
    if size and channels == 1 and pixels <= DENSE and not any(side % 4 for side in size):
        like, train, share, steps = "digits-best", _dense(training), (0.05, 0.1), 3700
    elif size and pixels <= SMALL and not any(side % 8 for side in size):
        like = "photos-32" if pixels <= 48 * 48 else "photos-64"
        train, share, steps = _convolutional(training, channels), (0.35, 0.7), 1800
    else:
        like, train, share, steps = "photo", _any_size(facts), (0.75, 1.5), FROM_PHOTO
        size = None
    described = json.loads((models / f"{like}.json").read_text("utf-8"))
    params = {
        "ingest": {
            "source": Choice("directory"),
            "path": Choice(str(directory)),
            "max_rejected": Choice(
                max(0.1, round(1.5 * facts.unusable, 2)), _unusable(facts.unusable)
            ),
            **dict.fromkeys(("dataset", "feature", "labels", "limit"), Choice(None)),
        },
        "preprocess": {
            "channels": Choice(channels, "all are grey" if channels == 1 else "there are colours"),
            "fit": Choice("native", "nothing is cut off or scaled"),
            "size": Choice(None),
            "crops": Choice(1),
        },
        "train": {
            "architecture": Choice(str(OWN), f"as models/{like}.json, which suits such images"),
            "difference": Choice("l1"),
            "similarity": Choice("ssim"),
            "terms": Choice({}),
            "hyper_steps": Choice(0),
            "adversarial_epochs": Choice(0),
            **train,
        },
        "export": {
            "mode": Choice("encoder-decoder"),
            "formats": Choice([], "only the codec's own files"),
            "precision": Choice("float16", "half the bytes of float32, at no loss that shows"),
        },
    }
    return Recipe(like, _shaped(described, size, channels), params, share, steps)


def _unusable(share):
    return f"{share:.1%} of a sample cannot be used" if share else ""


def _dense(training):
    classes = max(1, min(32, training // 64))
    return {
        "start": Choice(None),
        "latent_dims": Choice(50),
        "alpha": Choice(0.75),
        "rate_weights": Choice([0.03, 1.5]),
        "levels": Choice(8),
        "classes": Choice(classes, f"tables for {classes} kinds, from {training:,} images"),
        "batch_size": Choice(64),
        "learning_rate": Choice(0.005),
        "shift": Choice(1, "small images of one kind, in slightly different places"),
        "crop": Choice(None),
        "flip": Choice(False, "a mirrored letter is no letter"),
        "largest_gradient": Choice(10.0),
        "averaging": Choice(0.0),
    }


def _convolutional(training, channels):
    classes = 32 if training >= MANY else 1
    return _dense(training) | {
        "latent_dims": Choice(24),
        "classes": Choice(classes, f"from {training:,} images"),
        "learning_rate": Choice(0.002),
        "shift": Choice(0),
        "flip": Choice(channels == 3, "mirrored pictures are pictures" if channels == 3 else ""),
    }


def _any_size(facts):
    typical = sorted(min(size) for size in facts.sizes.elements())[sum(facts.sizes.values()) // 2]
    crop = 128 if typical >= 128 else 64
    terms = {"mse": 15, "ssimulacra2": 0.2} if crop == 128 else {"mse": 15}
    return {
        "start": Choice("photo", "minutes instead of hours"),
        "latent_dims": Choice(192),
        "alpha": Choice(0.75),
        "similarity": Choice("edge_ssim", "SSIM alone neglects the outermost pixels"),
        "terms": Choice(terms, "SSIM alone loses colours, and much of what people see"),
        "rate_weights": Choice([0.01, 1.6]),
        "levels": Choice(8),
        "classes": Choice(1, "a hyperprior does better than classes"),
        "batch_size": Choice(8),
        "learning_rate": Choice(0.0003, "low, because it starts from a trained codec"),
        "shift": Choice(0),
        "crop": Choice(crop, "random squares of each image; the codec takes any size"),
        "flip": Choice(facts.channels == 3),
        "largest_gradient": Choice(1.0),
        "averaging": Choice(0.999),
    }


def _shaped(described, size, channels):
    """The content of a model.json for images of another size and number of channels."""
    described = copy.deepcopy(described)
    model = described["model"]
    model["name"] = OWN.stem
    model.pop("discriminator", None)
    layers = model["layers"]
    layers["inputs"][0]["Input"]["shape"] = [*(size or (None, None)), channels]
    decoder = layers["generator"]["layers"]["decoder"]["layers"]
    *_, last = (each for layer in decoder for each in layer.values() if "filters" in each)
    last["filters"] = channels
    for before, layer in itertools.pairwise(decoder):
        if "Reshape" in layer:
            grid = [size[0] // 4, size[1] // 4, layer["Reshape"]["target_shape"][2]]
            layer["Reshape"]["target_shape"] = grid
            before["Dense"]["units"] = grid[0] * grid[1] * grid[2]
    return described
