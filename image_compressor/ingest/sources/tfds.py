"""A data set of tensorflow-datasets (TFDS), which is downloaded if it is missing.

Its splits are kept. Files are passed on undecoded, to be decoded on all cores.
"""

import itertools
import os
import re
from contextlib import suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from image_compressor.data.source import Source, SourceImage
from image_compressor.errors import InputError, nearest
from image_compressor.ingest.sources.folders import KNOWN

PACKAGE = "tensorflow-datasets"
BATCH = 64  # images read at once
HOST_TIMEOUT = 5  # seconds


def images(
    dataset: str,
    path: Path | str | None = None,
    feature: str | None = None,
) -> Source:
    """Reads the images of every split.

    Args:
        dataset: NAME, NAME/CONFIG or either with :VERSION.
        path: TFDS's data_dir, or its address as a str; by default TFDS_DATA_DIR, or
            ~/tensorflow_datasets.
        feature: the image's name; needed only if there are several.

    Raises InputError if the data set is missing and cannot be downloaded, or has no such image.
    """
    builder = _builder(dataset, path)
    image = _image(builder.info.features, feature, dataset)
    splits = builder.info.splits

    def read():
        for split in splits:
            yield from _read(builder, image, split)

    return Source(read, sum(about.num_examples for about in splits.values()))


def folder(dataset: str) -> str:
    """The folder below `path` that has all versions of the data set."""
    return re.split("[/:]", dataset)[0]


def _read(builder, image, split):
    """Yields the images of a split, in the order of its records."""
    import tensorflow_datasets as tfds

    kinds = dict(builder.info.features)
    labels = [key for key, kind in kinds.items() if isinstance(kind, tfds.features.ClassLabel)]
    label = "label" if "label" in labels else next(iter(labels), None)
    decoding = tfds.decode.PartialDecoding(
        {key: True for key in (image, label) if key}, {image: tfds.decode.SkipDecoding()}
    )
    records = builder.as_dataset(
        split,
        decoders=decoding,
        shuffle_files=False,
        read_config=tfds.ReadConfig(interleave_cycle_length=1),
    )
    numbers = itertools.count()
    for batch in records.batch(BATCH).as_numpy_iterator():
        files = batch[image]
        names = _names(kinds[label], batch[label]) if label else [""] * len(files)
        for content, name in zip(files, names, strict=True):
            file = f"{split}/{next(numbers):08}.png"
            yield SourceImage(file, content, name, KNOWN.get(split.lower(), ""))


def _names(kind, numbers):
    """Returns the names of classes, "" for -1, TFDS's number for no class."""
    return [kind.int2str(number) if number >= 0 else "" for number in numbers]


def _builder(dataset, path):
    """Returns a builder of the data set on disk, or else of the downloaded one."""
    from etils import epath  # TFDS's paths, on a disk or gs://
    from tensorflow_datasets.core import read_only_builder
    from tensorflow_datasets.core.constants import DATA_DIR

    data_dir = epath.Path(path or os.environ.get("TFDS_DATA_DIR", DATA_DIR)).expanduser()
    try:
        return read_only_builder.builder_from_files(dataset, data_dir=data_dir)
    except Exception:  # TFDS raises errors of many kinds for wrong names and folders
        return _downloaded(dataset, data_dir)


def _downloaded(dataset, data_dir):
    """Downloads and prepares a data set, after checking that its hosts answer.

    TFDS itself would retry them for minutes. After an interruption, complete files are kept.
    """
    import tensorflow_datasets as tfds

    try:
        builder = tfds.builder(dataset, data_dir=data_dir)
        by_host = {urlsplit(url).netloc: url for url in builder.url_infos or {}}
        for url in by_host.values():
            with suppress(HTTPError):  # even an error means that the host answers
                urlopen(Request(url, method="HEAD"), timeout=HOST_TIMEOUT).close()
        builder.download_and_prepare()
    except Exception as error:  # downloads and builders raise errors of many kinds
        reason = str(error).splitlines()[0][:120].rstrip(".")
        raise InputError(
            f"The data set {dataset} of tensorflow-datasets is not in {data_dir} (which has "
            f"{', '.join(_there(data_dir)) or 'nothing'}) and cannot be downloaded: {reason}. "
            "Prepare it on a machine with a network, by tfds.builder("
            f"'{dataset}', data_dir='DIR').download_and_prepare() in Python, and set ingest.path "
            "or TFDS_DATA_DIR to DIR; or use the source directory, npy or digits."
        ) from None
    return builder


def _there(data_dir):
    with suppress(Exception):  # object storage raises errors of many kinds
        return sorted(entry.name for entry in data_dir.iterdir() if entry.name[0] != ".")
    return []


def _image(kinds, feature, dataset):
    """Returns the name of the feature that is an image."""
    import tensorflow_datasets as tfds

    known = sorted(key for key, kind in kinds.items() if isinstance(kind, tfds.features.Image))
    if feature is None and len(known) == 1:
        return known[0]
    if feature not in known:
        raise InputError(
            f"ingest.feature to be an image of {dataset}: {', '.join(known) or 'it has none'}",
            feature,
            nearest(feature, known),
        )
    return feature
