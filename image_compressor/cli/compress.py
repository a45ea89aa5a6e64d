"""The command image-compressor compress, for a single file."""

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import cast

import numpy as np
from tqdm import tqdm

from image_compressor import files
from image_compressor.cli.gathering import Gathered, gather
from image_compressor.cli.streams import say, standard_output, warning
from image_compressor.codec import inputs, store
from image_compressor.codec.archive import Progress
from image_compressor.codec.codec import Codec
from image_compressor.codec.file.reader import Reader
from image_compressor.errors import InputError
from image_compressor.images import formats
from image_compressor.images.metadata import Metadata
from image_compressor.images.safe_names import readable
from image_compressor.images.stack import Stack
from image_compressor.parallel import parallel_map

LISTED = 20  # images in an error
ENDING = ".imgc"
EMBED = 0.02  # share of a file that its codec may take to be recommended
LARGE = 2**24  # bytes, below which no codec takes such a share
# Shown only on a terminal, and only for work that takes longer than a second.
progress = partial(tqdm, delay=1, disable=None)


def compress_file(options: argparse.Namespace) -> None:
    """Compresses the inputs to one .imgc file, and prints a summary."""
    started = time.monotonic()
    output = standard_output(options.output)
    check_archive(output)
    if not options.dry_run:
        files.check_free(output, options.force)
    gathered = gather(options.input)
    files.check_apart(output, [path for path in gathered.contents if isinstance(path, Path)])
    codec = Codec.load(options.codec)
    images = _Images(codec, gathered, options.fit, options.metadata)
    try:
        reader, written = _write(codec, output, images, options)
    except InputError:
        rejected = images.rejected()
        if not rejected:
            raise
        if not options.skip or len(rejected) == len(gathered.contents):
            raise _refusal(rejected, len(gathered.contents)) from None
        images = images.without(rejected)
        reader, written = _write(codec, output, images, options)
        say(output, f"left out: {len(rejected)} ({_listed(rejected)})")
    seconds = time.monotonic() - started
    for line in (*_summary(reader, images, written, seconds), *_guarded(codec, written, options)):
        say(output, line)
    if options.dry_run:
        say(output, "not written, because of --dry-run")
        return
    for line in filter(None, (store.keep(codec.files), _advice(codec, reader))):
        say(output, line)


def _advice(codec: Codec, reader: Reader) -> str:
    """A line for a file so large that its codec would hardly add to it, or ""."""
    if reader.embedded or codec.files is None or reader.length < LARGE:
        return ""
    share = len(codec.packed) / reader.length
    if share > EMBED:
        return ""
    return f"--embed would put the codec into the file, which then takes {share:.1%} more"


def check_archive(output: Path) -> None:
    """Raises InputError for the name of a file of another kind."""
    ending = formats.ending(output.name)
    if ending != ENDING and (formats.is_image(output.name) or formats.BESIDE.fullmatch(ending)):
        fix = f"Name it {output.with_suffix(ENDING).name}."
        raise InputError(f"an output with the suffix {ENDING}", output, fix)


class _Images:
    """Images that are read on demand.

    Attributes:
        changes: the kinds of change to the images that were read, see `inputs.read`.
        kept: {content: its metadata} of the images that were read, if `keep`.
    """

    def __init__(self, codec: Codec, gathered: Gathered, fit: str | None, keep: bool):
        self.codec, self.gathered, self.fit, self.keep = codec, gathered, fit, keep
        self.kept: dict[Path | bytes, Metadata] = {}
        self.changes: list[str] = []
        self.failed = False
        self.shape = tuple(codec.networks.image_shape)
        inputs.check_fit(fit, self.shape)
        self.stack = None
        match gathered:
            case Gathered([Path(suffix=".npy") as path], None):
                if keep:
                    raise InputError(f"{path} has no metadata to keep. Leave out --metadata.")
                self.stack = Stack(path)

    def all(self):
        """All images, in the form that `Codec.write` takes."""
        if self.stack is not None:
            images = enumerate(self.stack)
            return self.stack if self.fit is None else (self._of_stack(*each) for each in images)
        contents = self.gathered.contents
        if self.gathered.names is None:
            return [self._read(contents[0])]
        shown = progress(contents, unit="image")
        return parallel_map(self._read, shown, ahead=self.codec.ahead)

    def rejected(self) -> dict[str, str]:
        """{name: reason} of the images that cannot be used, if reading one has failed."""
        if not self.failed or self.gathered.names is None:
            return {}
        items = zip(self.gathered.names, self.gathered.contents, strict=True)
        return dict(inputs.unusable(self._read, items))

    def without(self, rejected: dict[str, str]) -> "_Images":
        """The images except the rejected ones."""
        pairs = zip(self.gathered.names or (), self.gathered.contents, strict=True)
        kept = {name: content for name, content in pairs if name not in rejected}
        gathered = Gathered([*kept.values()], [*kept], self.gathered.note)
        return _Images(self.codec, gathered, self.fit, self.keep)

    def metadata(self) -> Iterator[Metadata]:
        """The metadata of each image's file, once all images were read."""
        return (self.kept[content] for content in self.gathered.contents)

    def given_bytes(self) -> int | None:
        """The bytes of the image files; None for a stack, which has only pixels."""
        if self.stack is not None:
            return None
        sizes = (
            content.stat().st_size if isinstance(content, Path) else len(content)
            for content in self.gathered.contents
        )
        return sum(sizes)

    def _read(self, content):
        name = readable(str(content)) if isinstance(content, Path) else "standard input"
        try:
            image = inputs.read(content, self.shape, name, self.fit, self.changes)
            if self.keep:
                self.kept[content] = inputs.metadata(content, name)
            return image
        except InputError:
            self.failed = True
            raise

    def _of_stack(self, number, image):
        name = f"image {number} of {self.gathered.contents[0]!s}"
        return inputs.read(image, self.shape, name, self.fit, self.changes)


def _write(codec, output, images, options):
    """Writes the file, or only a scratch file with --dry-run; returns its Reader, and `Written`."""
    scratch = tempfile.TemporaryFile if options.dry_run else None
    with scratch() if scratch else files.replace_file(output, options.force) as file:
        written = codec.write(
            file,
            images.all(),
            images.gathered.names,
            quality=options.quality,
            target_ssim=options.target_ssim,
            target_bytes=options.target_bytes,
            min_ssim=options.min_ssim,
            best=options.best,
            guard=options.guard,
            effort=options.effort,
            embed=options.embed,
            metadata=images.metadata() if options.metadata else None,
            # Several files have a bar of their own.
            progress=cast(Progress, partial(progress, unit="block") if images.stack else iter),
        )
        return Reader(file, written.images), written


def _refusal(rejected, count):
    if count == len(rejected) == 1:
        return InputError(*rejected.values())
    advice = " Add --skip to leave them out." if len(rejected) < count else ""
    return InputError(
        f"{len(rejected)} of {count} images cannot be used: {_listed(rejected)}.{advice}"
    )


def _listed(rejected):
    reasons = [reason.rstrip(".") for reason in rejected.values()][:LISTED]
    more = f" ... and {len(rejected) - LISTED} more" if len(rejected) > LISTED else ""
    return "; ".join(reasons) + more


def _summary(reader, images, written, seconds):
    """Lines about a file that was written."""
    count, size, given = reader.count, reader.length, images.given_bytes()
    ratios = [] if given is None else [f"1:{given / size:.1f} of the files"]
    ratios.append(f"1:{reader.raw_bytes / size:.1f} of the pixels")
    yield (
        f"{images_of(count)} in {size:,} bytes, {size / count:,.1f} an image, "
        f"{8 * size / reader.pixels:.3g} bits a pixel; {', '.join(ratios)}; {seconds:.1f} s"
    )
    if written.ssim is not None:
        yield _similarity(written.ssim)
    if images.changes:
        kinds = Counter(images.changes).most_common()
        yield f"converted: {', '.join(f'{kind} {number}' for kind, number in kinds)}"
    if reader.bytes["metadata"]:
        yield f"metadata of the files: {reader.bytes['metadata']:,} bytes"
    if images.gathered.note:
        yield images.gathered.note


def _similarity(ssim):
    if len(ssim) == 1:
        return f"SSIM {ssim[0]:.3f}"
    low = np.percentile(ssim, 5)
    return f"SSIM {ssim.mean():.3f} on average, {low:.3f} at 5 %, {ssim.min():.3f} at worst"


def _guarded(codec, written, options):
    """Lines about what the guard did, and about a codec that cannot be relied on."""
    why = f" (SSIM too low {written.dissimilar}, colours off {written.off_colour})"
    raised = 0 if options.best or options.min_ssim is not None else written.raised
    if raised:
        yield f"raised to a higher quality: {raised:,}{why}"
    if written.stored and options.best:
        yield f"stored as WebP, AVIF or PNG, where that is smaller or needed: {written.stored:,}"
    elif written.stored:
        because = "because no quality would do"
        yield f"stored as WebP, AVIF or PNG, {because}: {written.stored:,}{'' if raised else why}"
    warned = warning(written.images, raised, 0 if options.best else written.stored)
    if warned:
        yield warned
    if codec.floors is not None and (weak := codec.floors.warning()):
        yield f"warning: {weak}"


def images_of(count: int) -> str:
    """A number of images, in words."""
    return f"{count:,} images" if count != 1 else "1 image"
