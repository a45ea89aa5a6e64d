"""The report of a look in Markdown."""

from collections.abc import Iterable, Sequence

from image_compressor.watch import drift
from image_compressor.watch.look import Cost

LOOKS = ("time", "arrived", "found", "bytes_per_image", "ssim", "stored")  # columns of the history
LAST = 10  # looks


def sentence(costs: Cost) -> str:
    """Says in words, without a full stop, how many bytes the images cost and what they keep."""
    return (
        f"{costs.bytes_per_image:,.5g} bytes an image at SSIM {costs.ssim:.3f}, 5th percentile "
        f"{costs.ssim_p5:.3f}, and {costs.stored:.1%} stored as WebP or AVIF"
    )


def report(message: str, change: drift.Drift, looks: Sequence[dict[str, str]]) -> str:
    """The message, the measures, the images that are most unlike, and the last looks.

    Args:
        looks: the rows of the history.
    """
    measures = [
        (
            *(drift.MEASURES[one.measure], one.typical, one.now),
            *(f"{one.beyond:.1%}", f"{one.p_shift:.2g}", f"{one.p_beyond:.2g}"),
        )
        for one in change.measures
    ]
    unlike = [(each.name, each.bpp, each.ssim) for each in change.unlike]
    tables = (
        _table(("", "typical", "these", "beyond", "p, shift", "p, beyond"), measures),
        _table(("most unlike", "bits a pixel", "SSIM"), unlike),
        _table(LOOKS, [[row[name] for name in LOOKS] for row in looks[: -LAST - 1 : -1]]),
    )
    return "\n\n".join([message, *tables]) + "\n"


def _table(head: Iterable[str], rows: Iterable[Iterable]) -> str:
    head = [*head]
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
