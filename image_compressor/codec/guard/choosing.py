"""Chooses the quality of each image, or to store it as a file, so that it keeps what it must."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from image_compressor.codec import search
from image_compressor.codec.file import stored_files
from image_compressor.codec.file.sections import STORED
from image_compressor.codec.frozen.tables import QUALITIES
from image_compressor.codec.guard.floors import Floor, similarities
from image_compressor.codec.transform import DEFAULT_QUALITY, Coded, Transform
from image_compressor.errors import InputError

BEST = QUALITIES[-1]
FILE = 6  # bytes in the index for each file, in most cases


@dataclass(frozen=True)
class Choice:
    """A way to write a block of n images.

    Attributes:
        qualities: uint8 [n], STORED for an image that becomes a file.
        files: (kind, content) of these, in order.
        ssim: float [n]; None if it was not measured.
        dissimilar, off_colour: the number of images below the floor at the first quality, by the
            reason.
        coded: the symbols; None for those of rounded latents.
    """

    qualities: np.ndarray
    files: Sequence[tuple[int, bytes]] = ()
    ssim: np.ndarray | None = None
    dissimilar: int = 0
    off_colour: int = 0
    coded: list[Coded] | None = None


Choose = Callable[[np.ndarray, np.ndarray], Choice]  # (images, latents) of a block


def same(quality: int) -> Choose:
    """Gives every image one quality, without decoding it."""
    return lambda images, latents: Choice(np.full(len(images), quality, np.uint8))


def usual(transform: Transform, min_ssim: float | None) -> int:
    """The quality of most images: the default, or one that has the least SSIM, as far as known."""
    if min_ssim is None or transform.floors is None:
        return DEFAULT_QUALITY
    return transform.floors.quality(min_ssim)


def choice(
    transform: Transform, quality: int, *, min_ssim: float | None, best: bool, guard: bool
) -> Choose:
    """How to choose for each image; the arguments are those of `Codec.write`.

    Raises InputError for arguments that exclude each other.
    """
    floors = transform.floors
    if not guard and (best or min_ssim is not None):
        asked = "best" if best else "min_ssim"
        raise InputError(f"{asked} needs the guard. Leave out guard=False, or --no-guard.")
    if min_ssim is not None:
        floor = Floor(min_ssim) if floors is None else floors.with_ssim(min_ssim)
        return Guard(transform, floor, QUALITIES[0], best)
    if best and floors is None:
        fix = "Choose one with min_ssim, or --min-ssim."
        raise InputError(f"best needs an SSIM to keep, and this codec's card states none. {fix}")
    if floors is None or not guard:
        return same(quality)
    return Guard(transform, floors.at(quality), QUALITIES[0] if best else quality, best)


@dataclass
class Guard:
    """Gives each image the lowest quality at which it keeps the floor.

    An image that no quality brings there is stored as the smallest WebP or AVIF that keeps the
    floor, or else without loss.

    Attributes:
        transform: the codec.
        floor: what each image must keep.
        lowest: the lowest quality that is tried.
        best: whether an image is stored as a file, too, wherever that takes fewer bytes.
    """

    transform: Transform
    floor: Floor
    lowest: int
    best: bool = False

    def __call__(self, images: np.ndarray, latents: np.ndarray) -> Choice:
        """The choice for a block: uint8 images [n, H, W, C] and their latents."""
        qualities = np.full(len(images), self.lowest, np.uint8)
        coded = self.transform.quantise(latents, qualities)
        ssim, coloured = self._measured(images, coded)
        similar = ssim >= self.floor.ssim
        low = np.flatnonzero(~(similar & coloured))
        if len(low):
            qualities[low], ssim[low] = self._raised(images[low], latents[low], ssim[low])
        files = {n: self._file(images[n]) for n in np.flatnonzero(qualities == STORED).tolist()}
        if self.best:
            files |= self._smaller(images, latents, qualities)
        for number, (kind, content) in files.items():
            decoded = stored_files.decode(kind, content, images[number].shape)
            qualities[number] = STORED
            ssim[number] = self._similarity(images[number], decoded)
        dissimilar = int((~similar).sum())
        stored = [files[number] for number in sorted(files)]
        changed = (qualities != self.lowest).any()
        return Choice(
            qualities,
            stored,
            ssim,
            dissimilar,
            off_colour=len(low) - dissimilar,
            coded=None if changed else coded,
        )

    def _measured(self, images, coded):
        """(SSIM, whether the colours are kept) of each image, from the symbols of them all."""
        decoded = self.transform.rebuild(coded, len(images), images.shape[1:3])
        return similarities(images, decoded), self.floor.colours_kept(images, decoded)

    def _raised(self, images, latents, ssim):
        """(the lowest quality above `lowest` that keeps the floor, or else STORED; SSIM).

        Args:
            ssim: of the images at the quality `lowest`.
        """
        reached = ssim.copy()

        def passes(some, qualities):
            coded = self.transform.quantise(latents[some], qualities)
            measured, coloured = self._measured(images[some], coded)
            kept = (measured >= self.floor.ssim) & coloured
            reached[some[kept]] = measured[kept]
            return kept

        guesses = np.full(len(images), BEST)  # where it fails, no more is tried
        found = search.lowest(passes, self.lowest + 1, BEST, guesses)
        return np.where(found > BEST, STORED, found), reached

    def _file(self, image):
        return stored_files.smallest(image, self.floor.kept) or stored_files.lossless(image)

    def _smaller(self, images, latents, qualities):
        """{position: file} of the images that take fewer bytes as a file than by the codec."""
        files = {}
        for coded in self.transform.quantise(latents, qualities):
            bits = self.transform.coder(coded.quality).bits(coded.symbols)
            sizes = bits.reshape(len(coded.positions), -1).sum(axis=1) / 8
            for number, size in zip(coded.positions.tolist(), sizes, strict=True):
                image = images[number]
                file = stored_files.smallest(image, self.floor.kept, size - FILE)
                if file:
                    files[number] = file
        return files

    def _similarity(self, image, decoded):
        return similarities(image[None], decoded[None])[0]
