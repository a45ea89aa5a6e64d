"""Where images come from: each source is a module here.

It has `images(...)` -> Source, whose arguments are the options of ingest that it takes: path,
dataset and feature. With an argument `listed` it reads the files that this table names, see
`ingest.listing`, and those not meant as images are passed over.

It may have besides:
    PACKAGE: the package that its images come with; another version may have others.
    folder(dataset): the folder of `path` that has this data set.

All stages import it to check its options, so what takes long is imported in its functions.
"""

import hashlib
import heapq
import inspect
from collections.abc import Collection
from typing import Any

from image_compressor.data.source import Source
from image_compressor.errors import InputError, nearest
from image_compressor.registry import Registry

SOURCES = Registry(
    "ingest.source",
    __name__,
    "digits",
    "directory",
    "npy",
    "tfds",
)


def find(name: str, **options: Any) -> Source:
    """The source with this name, given the options that are not None.

    Raises InputError as `check` does.
    """
    check(name, **options)
    given = {option: value for option, value in options.items() if value is not None}
    return SOURCES[name].images(**given)


def check(name: str, **options: Any) -> None:
    """Raises InputError for an unknown source, and for an option that it does not take or lacks."""
    taken = _options(name)
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


def is_listed(name: str) -> bool:
    """Tells whether the source reads the files that a table of them names."""
    return "listed" in _options(name)


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


def _options(name):
    return inspect.signature(SOURCES[name].images).parameters


def _with(option):
    return [name for name in SOURCES if option in _options(name)]
