"""The complete codec in one class: images -> bytes -> images."""

import io
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import cache
from itertools import chain
from pathlib import Path
from typing import BinaryIO, Unpack

import numpy as np

from image_compressor.codec import embedded, exported, refining, trial
from image_compressor.codec.archive import Archive, Limits, Progress
from image_compressor.codec.batches import Images, batches
from image_compressor.codec.exported import Files
from image_compressor.codec.file.container import Header
from image_compressor.codec.frozen import table_file
from image_compressor.codec.frozen.tables import computed_once
from image_compressor.codec.guard import choosing, floors, refined, targets
from image_compressor.codec.networks import LiteRTNetworks
from image_compressor.codec.refining import Refiner
from image_compressor.codec.transform import Transform
from image_compressor.codec.writing import Written, write_blocks
from image_compressor.errors import InputError
from image_compressor.files import check_readable, replace_file
from image_compressor.images.fitting import of_codec
from image_compressor.images.metadata import Metadata
from image_compressor.parallel import parallel_map

BLOCK = 512  # images that share a payload: its 8 bytes of overhead are .02 bytes an image


class Codec(Transform):
    """A trained codec, for images of one shape or of any size: see `Transform`.

    Example:
        codec = Codec.load("models/exported")
        data = codec.compress(images, quality=60)       # uint8 [N, H, W], [N, H, W, C] or a list
        assert codec.decompress(data).shape == images.shape
    """

    files: Files | None = None  # of the exported codec

    @classmethod
    def load(cls, codec: str | Path) -> "Codec":
        """Loads an exported codec by its directory, or a released one by its name.

        Raises InputError if a file is missing or corrupt, or has changed since the export.
        """
        files = exported.read_whole(exported.find(codec))
        networks, qualities = LiteRTNetworks(files), table_file.load(files[table_file.TABLES])
        card, identity = exported.card(files), bytes.fromhex(exported.codec_id(files))[:4]
        policy = of_codec(card, networks.image_shape)
        loaded = cls(networks, qualities, identity, policy, floors.of_card(card))
        loaded.files = files
        return loaded

    @classmethod
    def from_embedded(cls, content: bytes) -> "Codec":
        """Loads the codec that a file contains, from `Reader.embedded`; it can only decode.

        Raises InputError if it is damaged or does not run; see `trial`.
        """
        found = embedded.unpack(content)
        trial.check(found.networks)
        networks, qualities = LiteRTNetworks(found.networks), table_file.made(found.tables)
        return cls(networks, qualities, found.identity[:4])

    def __reduce__(self):
        return (*super().__reduce__(), {"files": self.files})

    def __repr__(self) -> str:
        sizes = ["any" if size is None else str(size) for size in self.networks.image_shape]
        return f"<Codec {self.identity.hex()} for images ({', '.join(sizes)})>"

    def compress(
        self,
        images: Images,
        names: Iterable[str] | None = None,
        *,
        quality: int | None = None,
        target_ssim: float | None = None,
        target_bytes: int | None = None,
        min_ssim: float | None = None,
        best: bool = False,
        guard: bool = True,
        effort: int = 0,
        embed: bool = False,
        metadata: Iterable[Metadata] | None = None,
        progress: Progress = iter,
    ) -> bytes:
        """The bytes of an .imgc file with these images, see `write`."""
        file = io.BytesIO()
        self.write(
            file,
            images,
            names,
            quality=quality,
            target_ssim=target_ssim,
            target_bytes=target_bytes,
            min_ssim=min_ssim,
            best=best,
            guard=guard,
            effort=effort,
            embed=embed,
            metadata=metadata,
            progress=progress,
        )
        return file.getvalue()

    def write(
        self,
        file: str | Path | BinaryIO,
        images: Images,
        names: Iterable[str] | None = None,
        *,
        quality: int | None = None,
        target_ssim: float | None = None,
        target_bytes: int | None = None,
        min_ssim: float | None = None,
        best: bool = False,
        guard: bool = True,
        effort: int = 0,
        embed: bool = False,
        metadata: Iterable[Metadata] | None = None,
        progress: Progress = iter,
    ) -> Written:
        """Writes the images as an .imgc file.

        Memory use is constant, however many images there are. With a target, all images are
        kept in memory during the search for the best quality.

        Args:
            file: a path, which is replaced in one step at the end, or a file open for writing
                bytes.
            images: uint8 [N, H, W] or [N, H, W, C], or an iterable of [H, W] or [H, W, C]: arrays,
                tensors or PIL images. H, W and C must be the codec's; with a codec for any size,
                each image may have its own H and W. Without a channel axis, C is 1.
            names: relative paths to store in the file, one an image.
            quality: 1 (smallest file) to 100; the default is 50.
            target_ssim: instead of a quality: choose the lowest with this mean SSIM.
            target_bytes: instead of a quality: choose the highest with a file of at most this
                size.
            min_ssim: instead of a quality: choose the lowest for each image with this SSIM.
            best: store an image as a WebP or AVIF file where that takes fewer bytes.
            guard: raise the quality of each image that comes out worse than the codec's own
                validation images did, or whose colours are off, and store it as a WebP or AVIF
                file if no quality will do. A codec whose card has no `floors` has no guard.
            effort: 0 (fastest) to 9 (smallest file): how long symbols are searched that code an
                image better than rounded latents, see `refining`. Readers need nothing new. It is
                for codecs for images of one size.
            embed: put the part of the codec that decodes into the file, about 1 MB, so that nothing
                but this package is needed to read it.
            metadata: that of each image's own file, from `originals.read`; it
                is iterated over after the images.
            progress: wraps the iterable of blocks, e.g. `tqdm`.

        Returns the facts about the file.

        Raises InputError for images of another dtype or shape, for unsafe names, and for a
        target that no quality reaches.
        """
        refining.check(effort, self)
        targets.check(
            quality=quality, target_ssim=target_ssim, target_bytes=target_bytes, min_ssim=min_ssim
        )
        if quality is not None:
            self.tables(quality)
        if names is not None and (isinstance(names, str) or not isinstance(names, Iterable)):
            raise InputError("a name for each image", repr(names)[:80], "Pass a list of names.")
        packed = self.packed if embed else b""
        kept = None if metadata is None else cache(lambda: [*metadata])
        block = 1 if self.any_size else BLOCK
        source = batches(images, tuple(self.networks.image_shape), block)
        header = Header(
            codec=self.identity,
            quality=quality or choosing.usual(self, min_ssim),
            shape=tuple(self.networks.image_shape),
            block=block,
            stacked=source.stacked,
            channel_axis=source.channel_axis,
            names=None if names is None else tuple(names),
        )
        blocks: Iterable[tuple[np.ndarray, np.ndarray]] = parallel_map(
            lambda stack: (stack, self.latents(stack)), progress(source.blocks), ahead=self.ahead
        )
        targeted = target_ssim is not None or target_bytes is not None
        refiner = Refiner(self, effort) if effort else None
        if refiner is not None:
            first = next(rest := iter(blocks))
            blocks = chain([first], rest)

        def chosen(quality):
            """(how to choose for each image, the quality of most)."""
            plain = choosing.choice(self, quality, min_ssim=min_ssim, best=best, guard=guard)
            if refiner is None:
                return plain, quality
            lower = min_ssim is not None
            return refined.choice(plain, refiner, first, quality, lower=lower, targeted=targeted)

        def written(file, quality):
            choose, usual = chosen(quality)
            whole = replace(header, quality=usual)
            return write_blocks(self, file, whole, blocks, choose, source, packed, kept)

        def size(quality):
            return written(io.BytesIO(), quality).bytes

        with _writable(file) as stream:
            if not targeted:
                return written(stream, header.quality)
            blocks = list(blocks)
            if target_ssim is not None:
                quantise = None if refiner is None else refiner.refined
                return written(stream, targets.for_ssim(self, blocks, target_ssim, quantise))
            assert target_bytes is not None
            return written(stream, targets.highest(size, target_bytes))

    @computed_once
    def packed(self) -> bytes:
        """The part that decodes, for `embed`. Raises InputError unless it can be read again."""
        if self.files is None:
            raise InputError("Only a codec that was loaded from its files can be embedded.")
        packed = embedded.pack(self.files)
        trial.check(embedded.unpack(packed).networks)
        return packed

    def open(self, file: str | Path | BinaryIO, **limits: Unpack[Limits]) -> Archive:
        """The images of an .imgc file, decoded on access.

        Args:
            file: a path, or a file open for reading bytes, which stays open.
            limits: see `Archive`.

        Example:
            with codec.open("digits.imgc") as archive: ...
        """
        if not isinstance(file, str | Path):
            return Archive(self, file, **limits)
        check_readable(Path(file))
        if not Path(file).is_file():
            raise InputError("an existing .imgc file", file, "Name another.")
        with ExitStack() as closing:
            archive = Archive(self, closing.enter_context(Path(file).open("rb")), **limits)
            archive.close_with(closing.pop_all().close)
            return archive

    def decompress(
        self, data: bytes, progress: Progress = iter, **limits: Unpack[Limits]
    ) -> np.ndarray | list[np.ndarray]:
        """The images, in the form in which `compress` received them: an array, or a list.

        Args:
            data: the content of an .imgc file.
            progress: see `write`.
            limits: see `Archive`.

        Raises InputError for a file of another codec, for more images or pixels than the limits,
        and for a damaged file.
        """
        if not isinstance(data, bytes | bytearray | memoryview):
            raise InputError("the bytes of an .imgc file", type(data).__name__, "Read the file.")
        archive = self.open(io.BytesIO(data), **limits)
        blocks = archive.blocks(progress)
        if archive.header.stacked:
            return np.concatenate(list(blocks))
        return [image for block in blocks for image in block]


@contextmanager
def _writable(file: str | Path | BinaryIO) -> Iterator[BinaryIO]:
    """A file that is open for writing, or one that replaces a path at the end."""
    if isinstance(file, str | Path):
        with replace_file(Path(file), force=True) as opened:
            yield opened
    else:
        yield file
