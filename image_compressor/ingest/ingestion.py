"""Ingestion: a source's images -> data/raw."""

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from functools import partial
from itertools import chain, count
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from image_compressor.cluster import Workers
from image_compressor.data.raw import (
    FIELDS,
    FILES,
    MANIFEST,
    REASONS,
    REJECTED,
    STORE,
    stored_name,
)
from image_compressor.data.seen import Seen
from image_compressor.data.source import SourceImage
from image_compressor.errors import InputError
from image_compressor.files import replace_directory
from image_compressor.images import decoding, safe_names
from image_compressor.images.safe_names import folded, readable
from image_compressor.images.similarity import WINDOW
from image_compressor.images.unusable import Unusable, unreadable
from image_compressor.ingest.sources.stored import Stored, contents
from image_compressor.parallel import chunks, parallel_map, processes
from image_compressor.storage import Place

IMAGES, CHANGED = "images", "changed"  # keys of counts


def write(
    images: Iterable[SourceImage],
    directory: Path,
    max_pixels: int = decoding.MANY_PIXELS,
    max_rejected: float = 0.0,
    store: Place | None = None,
    workers: Workers | None = None,
) -> Counter:
    """Replaces `directory` by the images as PNG files, manifest.csv and rejected.csv.

    Images are decoded by `images.decoding.read`, on all cores. An image that cannot be used, or
    whose pixels equal an earlier image's, gets a row with the reason in rejected.csv.

    Args:
        store: destination of the PNG files, see `raw`.
        workers: a Dask cluster's workers, to decode and write instead of this machine's cores.

    Returns the number of "images" written, and the numbers rejected by kind of reason. Raises
    InputError if no image is left, or if a larger share than `max_rejected` was rejected;
    `directory` is then unchanged, and the list is written beside it: DIRECTORY.rejected.csv.
    """
    listed = directory.with_name(f"{directory.name}.{REJECTED}")
    with replace_directory(directory) as scratch:
        files = scratch / FILES
        files.mkdir()
        if workers and not store:
            workers.check_shared(files.absolute())
        rows = _rows(images, store or files.absolute(), max_pixels, workers)
        counts = _write_tables(rows, scratch)
        unusable = counts.total() - counts[IMAGES]
        if not counts[IMAGES] or unusable > max_rejected * counts.total():
            listed.write_bytes((scratch / REJECTED).read_bytes())
            raise _too_many(counts, max_rejected, listed)
        if store:
            (files / STORE).write_text(f"{store}\n", "utf-8")
    listed.unlink(missing_ok=True)
    return counts


def text(counts: Counter) -> str:
    """Formats counts, e.g. `980 images; rejected: 15 duplicate, 5 damaged`."""
    kinds = [f"{count} {kind}" for kind, count in counts.most_common() if kind != IMAGES]
    return f"{counts[IMAGES]} images" + (f"; rejected: {', '.join(kinds)}" if kinds else "")


def _too_many(counts, max_rejected, listed):
    if not counts.total():
        return InputError("The source has no images. Change ingest.path or ingest.labels.")
    with listed.open(newline="", encoding="utf-8") as file:
        *_, last = csv.DictReader(file)
    allowed = f"More images were rejected than ingest.max_rejected={max_rejected:g} allows"
    problem = allowed if counts[IMAGES] else "No image is usable"
    return InputError(
        f"{problem}: {text(counts)}, such as {last['name']} ({last['reason']}). Repair or remove "
        f"the files listed in {listed}, or increase ingest.max_rejected."
    )


def _write_tables(rows, directory):
    counts: Counter = Counter({IMAGES: 0})
    with (
        closing(rows),  # after an error too, because it writes images until it is closed
        (directory / MANIFEST).open("w", newline="", encoding="utf-8") as manifest_file,
        (directory / REJECTED).open("w", newline="", encoding="utf-8") as rejected_file,
    ):
        manifest = csv.DictWriter(manifest_file, FIELDS, lineterminator="\n")
        rejected = csv.DictWriter(rejected_file, REASONS, lineterminator="\n")
        manifest.writeheader()
        rejected.writeheader()
        for row in rows:
            used = "sha256" in row
            (manifest if used else rejected).writerow(row)
            counts[IMAGES if used else row["reason"].split(":")[0]] += 1
    return counts


def _rows(images, place, max_pixels, workers):
    """Yields each image's row in the manifest or in rejected.csv, in order."""
    files, pixels = Seen(), Seen()
    write, parts = partial(_write_chunk, place, max_pixels), chunks(_named(images, files), _size)
    if workers:
        written = parallel_map(write, parts, workers.pool, workers.ahead)
    else:
        written = parallel_map(write, parts, processes())
    for rows in written:
        for name, row in rows:
            if "sha256" in row:
                first = pixels.earlier(bytes.fromhex(row["sha256"][:32]), name)
                if first:
                    row = _duplicate(place, row, name, first)
            yield row


def _duplicate(place, row, name, first):
    """Returns the row of an image whose pixels equal those of `first`, and removes its file."""
    if isinstance(place, Path):
        (place / row["name"]).unlink(missing_ok=True)
    return {"name": name, "reason": f"duplicate: of {first}"}


def _named(images, files):
    """Yields each image and a file name that is unique even if case is ignored."""
    for image in images:
        if isinstance(image.content, np.ndarray):  # the source may reuse the array for the next
            image = replace(image, content=image.content.copy())
        wanted = safe_names.escaped(image.name)
        wanted = wanted if wanted.endswith(".png") else f"{wanted}.png"
        names = chain([wanted], (safe_names.numbered(wanted, number) for number in count(2)))
        yield image, next(name for name in names if not files.earlier(_key(name), name))


def _key(name):
    return hashlib.sha256(folded(name).encode()).digest()[:16]


def _size(image):
    """Returns the bytes that an image's content takes before decoding."""
    content: Any = image[0].content
    if isinstance(content, Stored):
        return content.size
    return content.nbytes if isinstance(content, np.ndarray) else len(bytes(content))


def _write_chunk(place, max_pixels, chunk):
    """Returns each image's name and row in a table; runs in another process."""
    Image.MAX_IMAGE_PIXELS = None  # `max_pixels` is the limit
    read = contents([image for image, _ in chunk])
    return [
        (readable(image.name), _write_one(place, max_pixels, image, content, name))
        for (image, name), content in zip(chunk, read, strict=True)
    ]


def _write_one(place, max_pixels, image, content, name):
    try:
        picture = Image.fromarray(_grey_if_equal(_pixels(image, content, max_pixels)))
    except Unusable as error:
        return {"name": readable(image.name), "reason": str(error)}
    encoded = io.BytesIO()
    picture.save(encoded, "PNG", compress_level=2)  # photos as small as with 6, in 1/4 of the time
    data = encoded.getvalue()
    digest = hashlib.sha256(data).hexdigest()
    values = (name, digest, *picture.size, picture.mode, len(data), image.label, image.split)
    row = dict(zip(FIELDS, values, strict=True))
    if isinstance(place, Place):
        place.put(stored_name(row), data)
        return row
    try:
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(data)
    except (FileExistsError, NotADirectoryError, IsADirectoryError):
        return {
            "name": readable(image.name),
            "reason": "name of a folder: another image lies in it",
        }
    return row


def _pixels(image, content, max_pixels):
    file = image.content if isinstance(image.content, Stored) else None
    if file and file.reason:
        raise Unusable(*file.reason.split(": ", 1))
    try:
        if isinstance(content, OSError):
            raise unreadable(content)
        return decoding.read(content, max_pixels, WINDOW)
    finally:  # takes precedence: a half-written file is not damaged, but changed
        if file and file.changed(content):
            raise Unusable(CHANGED, "while ingest ran; `dvc repro` reads it again")


def _grey_if_equal(pixels):
    """Turns [H, W, 3] with equal channels into [H, W], so that duplicates in grey are found."""
    equal = pixels.ndim == 3 and (pixels == pixels[..., :1]).all()
    return pixels[..., 0] if equal else pixels
