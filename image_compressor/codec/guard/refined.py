"""Chooses symbols and the quality of each image with more effort: see `codec.refining`."""

from dataclasses import dataclass, replace

import numpy as np

from image_compressor.codec import search
from image_compressor.codec.file.sections import STORED
from image_compressor.codec.frozen.tables import QUALITIES
from image_compressor.codec.guard.choosing import Choice, Choose, Guard
from image_compressor.codec.guard.floors import Floor, similarities
from image_compressor.codec.guard.targets import Block
from image_compressor.codec.refining import Refiner, distortion
from image_compressor.codec.transform import Coded

SAMPLE = 64  # images that say which quality is as good as another one without effort


def choice(
    choose: Choose, refiner: Refiner, first: Block, quality: int, *, lower: bool, targeted: bool
) -> tuple[Choose, int]:
    """(the choice with effort, the quality of most images).

    Args:
        choose: the choice without effort, at this quality.
        first: the first block of images.
        lower: see `Refined`.
        targeted: whether the quality was chosen with effort; otherwise a lower one is as good.
    """
    floor = choose.floor if isinstance(choose, Guard) else None
    usual = quality if targeted else as_good(refiner, *first, quality)
    return Refined(choose, refiner, floor, usual / quality, lower), usual


@dataclass
class Refined:
    """Refines the symbols of the images for which `choose` chooses a quality.

    Refined images are better, so a lower quality is tried first. If an image does not keep the
    floor there, it is raised, at most to the quality that `choose` has chosen, where it does.
    Images that `choose` stores as files stay files.

    Attributes:
        choose: the choice without effort.
        refiner: refines symbols.
        floor: what each image must keep; None for nothing.
        ratio: of the quality that is tried first to the chosen one.
        lower: whether still lower qualities are tried where an image keeps the floor.
    """

    choose: Choose
    refiner: Refiner
    floor: Floor | None
    ratio: float = 1
    lower: bool = False

    def __call__(self, images: np.ndarray, latents: np.ndarray) -> Choice:
        """The choice for a block: uint8 images [n, H, W, C] and their latents."""
        choice = self.choose(images, latents)
        coded = np.flatnonzero(choice.qualities != STORED)
        if not len(coded):
            return choice
        block = _Block(self, images[coded], latents[coded], choice.qualities[coded])
        found = block.found()
        qualities = _with(choice.qualities, coded, found)
        ssim = None if choice.ssim is None else _with(choice.ssim, coded, block.ssim)
        groups = ((quality, found == quality) for quality in np.unique(found).tolist())
        symbols = [Coded(quality, coded[at], block.symbols[at]) for quality, at in groups]
        return replace(choice, qualities=qualities, ssim=ssim, coded=symbols)


class _Block:
    """Images of which the qualities are searched.

    Attributes:
        symbols: int32 [n, ..., channels], the best so far.
        ssim: float [n], of these.
    """

    def __init__(self, chosen, images, latents, qualities):
        self.chosen, self.images, self.latents, self.most = chosen, images, latents, qualities
        self.symbols, self.ssim = np.zeros(latents.shape, np.int32), np.zeros(len(images))
        self.best = np.full(len(images), QUALITIES[-1] + 1)

    def found(self) -> np.ndarray:
        """The quality of each image: uint8 [n]."""
        guesses = np.maximum(1, np.rint(self.chosen.ratio * self.most).astype(int))
        if self.chosen.lower:
            search.lowest(self._passes, QUALITIES[0], QUALITIES[-1], guesses, near=True)
        else:
            every = np.arange(len(guesses))
            low = every[~self._passes(every, guesses)]
            if len(low):

                def passes(some, qualities):
                    return self._passes(low[some], qualities)

                search.lowest(passes, QUALITIES[0], QUALITIES[-1], guesses[low] + 1, near=True)
        return self.best.astype(np.uint8)

    def _passes(self, some, qualities):
        """Whether images keep the floor at these qualities, or have the one chosen before."""
        passed = np.zeros(len(some), bool)
        for quality in np.unique(qualities).tolist():
            at = np.flatnonzero(qualities == quality)
            passed[at] = self._at(some[at], quality)
        return passed

    def _at(self, some, quality):
        images, latents, refiner = self.images[some], self.latents[some], self.chosen.refiner
        symbols = refiner.refined(images, latents, quality)
        decoded = refiner.transform.decode(symbols, quality)
        ssim, floor = similarities(images, decoded), self.chosen.floor
        kept = np.ones(len(some), bool)
        if floor is not None:
            kept = (ssim >= floor.ssim) & floor.colours_kept(images, decoded)
        last = ~kept & (quality >= self.most[some])
        if last.any():
            plain = refiner.transform.coder(quality).quantise(latents[last])
            symbols[last] = plain
            ssim[last] = similarities(images[last], refiner.transform.decode(plain, quality))
        better = (kept | last) & (quality < self.best[some])
        chosen = some[better]
        self.best[chosen] = quality
        self.symbols[chosen], self.ssim[chosen] = symbols[better], ssim[better]
        return kept | last


def _with(array, positions, values):
    """A copy of the array with these values at the positions."""
    copy = array.copy()
    copy[positions] = values
    return copy


def as_good(refiner: Refiner, images: np.ndarray, latents: np.ndarray, quality: int) -> int:
    """The lowest quality with which refined images are as similar, on average, as others are with
    `quality`, measured on a sample of these images."""
    step = -(-len(images) // SAMPLE)
    images, latents = images[::step], latents[::step]
    transform = refiner.transform
    wanted = distortion(
        images, transform.decode(transform.coder(quality).quantise(latents), quality)
    )

    def passes(_, qualities):
        symbols = refiner.refined(images, latents, int(qualities[0]))
        found = distortion(images, transform.decode(symbols, int(qualities[0])))
        return np.array([found.mean() <= wanted.mean()])

    guess = np.array([max(1, 2 * quality // 3)])
    return min(quality, int(search.lowest(passes, 1, quality, guess, near=True)[0]))
