"""Sources of images: each is a module here, registered in SOURCES.

A source has `images(...)` -> Source. Its arguments are the parameters of ingest that the source
takes: path, dataset and feature. If it takes `listed`, it reads the files in that table, see
`ingest.listing`, and files that are not meant as images are skipped.

A source may also have:
    PACKAGE: the package that its images come with, whose version determines them.
    folder(dataset): the folder in `path` of this data set.

Every stage imports the source to check its parameters, so heavy packages are imported in functions.
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
    """Returns the source with this name, given the options that are not None.

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
            f"Set it to null, or use a source that takes it: {', '.join(_with(option))}.",
        )
    for option, parameter in taken.items():
        if parameter.default is parameter.empty and option not in given:
            raise InputError(f"The source {name} needs ingest.{option}. Set it in params.yaml.")


def is_listed(name: str) -> bool:
    """Tells whether the source reads the files that a listing names."""
    return "listed" in _options(name)


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


def _options(name):
    return inspect.signature(SOURCES[name].images).parameters


def _with(option):
    return [name for name in SOURCES if option in _options(name)]
