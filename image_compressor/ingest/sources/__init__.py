"""Where images come from. A source is one module here with `images(...)`, named in SOURCES."""

import hashlib
import heapq
import inspect
from collections.abc import Callable, Collection
from typing import Any

from image_compressor.data.source import Source
from image_compressor.errors import InputError, nearest
from image_compressor.ingest.sources import digits, directory, npy, tfds

SOURCES: dict[str, Callable[..., Source]] = {
    "digits": digits.images,
    "directory": directory.images,
    "npy": npy.images,
    "tfds": tfds.images,
}


def find(name: str, **options: Any) -> Source:
    """The source with this name, given the options that are not None.

    Raises InputError for another name, and for an option that the source does not take or lacks.
    """
    if name not in SOURCES:
        raise InputError(
            f"ingest.source to be one of {', '.join(SOURCES)}", name, nearest(name, SOURCES)
        )
    taken = inspect.signature(SOURCES[name]).parameters
    given = {option: value for option, value in options.items() if value is not None}
    for option in given.keys() - taken.keys():
        raise InputError(
            f"no ingest.{option} for the source {name}",
            given[option],
            f"Set it back, or take a source that has it: {', '.join(_with(option))}.",
        )
    for option, parameter in taken.items():
        if parameter.default is parameter.empty and option not in given:
            raise InputError(f"ingest.{option} for the source {name}", "nothing", "Name it.")
    return SOURCES[name](**given)


def choose(source: Source, labels: Collection[str] | None, limit: int | None) -> Source:
    """The images with one of these labels, and of them at most `limit`, spread over all.

    Raises InputError for a label that no image has.
    """
    if labels is not None:
        counts = dict.fromkeys(labels, 0)
        others = set()
        for image in source:
            if image.label in counts:
                counts[image.label] += 1
            else:
                others.add(image.label)
        for label, count in counts.items():
            if not count:
                raise InputError("ingest.labels that images have", label, nearest(label, others))
        source = _those(source, lambda image: image.label in counts, sum(counts.values()))
    return source if limit is None else sample(source, limit)


def sample(source: Source, limit: int) -> Source:
    """At most `limit` images, those with the smallest hash of their name."""
    hashes = heapq.nsmallest(limit, map(_hash, source))
    return _those(source, lambda image: _hash(image) <= hashes[-1], len(hashes))


def _those(source, wanted, count):
    """The images of a source for which `wanted` is true."""
    return Source(lambda: filter(wanted, source), count)


def _hash(image):
    return hashlib.sha256(image.name.encode()).digest()


def _with(option):
    return [
        name for name, source in SOURCES.items() if option in inspect.signature(source).parameters
    ]
