"""Sources of images. A source is one module here with `images(...)`, registered in SOURCES."""

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
    """Returns the source with this name, given the options that are not None.

    Raises InputError for an unknown name, and for an option that the source does not take or lacks.
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
            f"Set it to null, or use a source that takes it: {', '.join(_with(option))}.",
        )
    for option, parameter in taken.items():
        if parameter.default is parameter.empty and option not in given:
            raise InputError(f"The source {name} needs ingest.{option}. Set it in params.yaml.")
    return SOURCES[name](**given)


def choose(source: Source, labels: Collection[str] | None, limit: int | None) -> Source:
    """Keeps the images with one of these labels, and at most `limit` of them, spread over all.

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
                raise InputError(
                    f"No image has this label of ingest.labels: {label}. {nearest(label, others)}"
                )
        source = _filtered(source, lambda image: image.label in counts, sum(counts.values()))
    return source if limit is None else sample(source, limit)


def sample(source: Source, limit: int) -> Source:
    """Keeps at most `limit` images, the ones with the smallest hashes of their names."""
    hashes = heapq.nsmallest(limit, map(_hash, source))
    return _filtered(source, lambda image: _hash(image) <= hashes[-1], len(hashes))


def _filtered(source, wanted, count):
    return Source(lambda: filter(wanted, source), count)


def _hash(image):
    return hashlib.sha256(image.name.encode()).digest()


def _with(option):
    return [
        name for name, source in SOURCES.items() if option in inspect.signature(source).parameters
    ]
