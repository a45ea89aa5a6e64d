"""The command image-compressor drift: whether images are still of a codec's kind."""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from image_compressor.cli.compress import images_of, progress
from image_compressor.cli.gathering import gather
from image_compressor.codec import exported
from image_compressor.codec.codec import Codec
from image_compressor.errors import InputError
from image_compressor.images.groups import spread
from image_compressor.images.stack import Stack
from image_compressor.parallel import parallel_map
from image_compressor.watch import drift as drifting
from image_compressor.watch import look

FOUND = 3  # exit code


def drift(options: argparse.Namespace) -> None:
    """Tell whether images are still like those that a codec was validated with; exit code 3 if not.

    Their bits and their similarity at one quality are compared with those in the codec's card.
    """
    if options.images < 1:
        raise InputError("--images of at least 1", options.images, "Leave it out for 1,000.")
    _check_installed()
    codec = Codec.load(options.codec)
    typical = drifting.of_card(exported.card(codec.files or {}))

    def measured(item):
        try:
            return look.measured(codec, typical.quality, *item)
        except InputError as error:
            return error.problem  # the advice is about options of `compress`

    items = progress(_chosen(options.input, options.images), unit="image")
    results = [*parallel_map(measured, items, ahead=codec.ahead)]
    refused = [result for result in results if isinstance(result, str)]
    if len(refused) == len(results):
        raise InputError(f"None of {images_of(len(results))} can be used: {refused[0]}.")
    images = [result for result in results if not isinstance(result, str)]
    found = look.compared(images, typical)
    if options.json:
        print(json.dumps({**asdict(found), "refused": refused}, indent=1))
    else:
        print("\n".join(_lines(found, refused, options)))
    if found.found:
        sys.exit(FOUND)


def _check_installed() -> None:
    """Raises InputError without SciPy, which is in an extra."""
    if find_spec("scipy") is None:
        raise InputError("drift needs SciPy: pip install 'image-compressor[report]' installs it.")


def _chosen(inputs: list[str], most: int) -> list[tuple[str, Any]]:
    """(name, file or pixels) of at most so many of the images, spread evenly."""
    gathered = gather(inputs)
    contents: Any = gathered.contents
    names, stack = gathered.names or [str(contents[0])], None
    if isinstance(contents[0], Path) and contents[0].suffix == ".npy":
        stack = Stack(contents[0])
        names = [f"image {number}" for number in range(len(stack))]
    numbers = spread(len(names), most).tolist()
    if stack is not None:
        contents = {number: stack[number : number + 1][0] for number in numbers}
    return [(names[number], contents[number]) for number in numbers]


def _lines(found, refused, options) -> Iterator[str]:
    yield (
        f"{images_of(found.images)} beside those that {options.codec} was validated with, "
        f"at quality {found.quality}:"
    )
    yield f"{'':14}{'typical':>10}{'these':>10}{'beyond':>10}{'p, shift':>12}{'p, beyond':>12}"
    for one in found.measures:
        yield (
            f"{drifting.MEASURES[one.measure]:14}{one.typical:10.3f}{one.now:10.3f}{one.beyond:10.1%}"
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
