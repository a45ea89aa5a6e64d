"""The command image-compressor drift: whether images are still of a codec's kind."""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np

from image_compressor.cli.compress import images_of, progress
from image_compressor.cli.gathering import gather
from image_compressor.codec import exported, inputs
from image_compressor.codec.codec import Codec
from image_compressor.errors import InputError
from image_compressor.images.stack import Stack
from image_compressor.parallel import parallel_map

FOUND = 3  # exit code
MEASURES = {"bpp": "bits a pixel", "ssim": "SSIM"}


def drift(options: argparse.Namespace) -> None:
    """Tell whether images are still like those that a codec was validated with; exit code 3 if not.

    Their bits and their similarity at one quality are compared with those in the codec's card.
    """
    try:
        import scipy.stats  # noqa: F401

        from image_compressor.watch import drift as drifting
    except ImportError as error:
        raise InputError(
            f"drift needs {error.name}: pip install 'image-compressor[report]' installs it."
        ) from None
    if options.images < 1:
        raise InputError("--images of at least 1", options.images, "Leave it out for 1,000.")
    codec = Codec.load(options.codec)
    typical = drifting.of_card(exported.card(codec.files or {}))
    names, contents = _chosen(options.input, options.images)

    def measured(content):
        try:
            image = np.asarray(inputs.read(content, codec.networks.image_shape))
            return drifting.each(codec, image.reshape(1, *image.shape[:2], -1), typical.quality)
        except InputError as error:
            return _reason(error)

    shown = progress(contents, unit="image")
    results = [*parallel_map(measured, shown, ahead=codec.ahead)]
    pairs = [*zip(names, results, strict=True)]
    refused = [result for _, result in pairs if isinstance(result, str)]
    kept = [(name, *result) for name, result in pairs if not isinstance(result, str)]
    if not kept:
        raise InputError(f"None of {images_of(len(names))} can be used: {refused[0]}.")
    used, bpp, ssim = zip(*kept, strict=True)
    found = drifting.compare(typical, used, np.concatenate(bpp), np.concatenate(ssim))
    if options.json:
        print(json.dumps({**asdict(found), "refused": refused}, indent=1))
    else:
        print("\n".join(_lines(found, refused, options)))
    if found.found:
        sys.exit(FOUND)


def _chosen(inputs: list[str], most: int) -> tuple[list[str], list]:
    """The names of at most so many of the images, spread evenly, and their files or pixels."""
    gathered = gather(inputs)
    (first, *_), names = gathered.contents, gathered.names
    if isinstance(first, Path) and first.suffix == ".npy":
        stack = Stack(first)
        numbers = _spread(len(stack), most)
        return [f"image {n}" for n in numbers], [stack[n : n + 1][0] for n in numbers]
    numbers = _spread(len(gathered.contents), most)
    names = names or [str(first)]
    return [names[n] for n in numbers], [gathered.contents[n] for n in numbers]


def _reason(error: InputError) -> str:
    """What is wrong with an image, without the advice, which is about options of `compress`."""
    what, *received = error.args
    return f"expected {what}, received {received[0]}" if received else str(error)


def _spread(count, most):
    return np.linspace(0, count - 1, min(count, most)).round().astype(int).tolist()


def _lines(found, refused, options) -> Iterator[str]:
    yield (
        f"{images_of(found.images)} beside those that {options.codec} was validated with, "
        f"at quality {found.quality}:"
    )
    yield f"{'':14}{'typical':>10}{'these':>10}{'beyond':>10}{'p, shift':>12}{'p, beyond':>12}"
    for one in found.measures:
        yield (
            f"{MEASURES[one.measure]:14}{one.typical:10.3f}{one.now:10.3f}{one.beyond:10.1%}"
            f"{one.p_shift:12.2g}{one.p_beyond:12.2g}"
        )
    yield "beyond: images outside the 1st..99th percentile; p: how likely that much is by chance"
    if found.found:
        yield "drift: these images are of another kind. Those farthest from the median, of which"
        yield "1 is as far as the 1st or the 99th percentile:"
        for one in found.unlike:
            measures = f"{one.bpp:.3f} bits a pixel, SSIM {one.ssim:.3f}"
            yield f"  {one.name}: {measures}, {one.distance:.1f}"
    else:
        yield "no drift: these images are like those"
    if refused:
        yield f"left out, as the codec does not take them: {len(refused)}, such as {refused[0]}"
