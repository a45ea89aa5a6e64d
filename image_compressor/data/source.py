"""What a source gives."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class SourceImage:
    """One image of a source.

    Attributes:
        name: relative path with "/", unlike that of any other image of the source.
        content: its file, as a Path, as its bytes or as a `Stored` that is read later; or its
            pixels: [H, W] or [H, W, 1, 3 or 4] of bool, uint8 or uint16. From data/raw on uint8
            [H, W] or [H, W, C].
        label: its class, or "" where the source has none.
        split: train, validation or test where the source has splits of its own, otherwise "".
    """

    name: str
    content: Any
    label: str = ""
    split: str = ""


class Source:
    """Images that are read on demand, as often as wanted, always in the same order.

    Args:
        images: reads them from the start.
        count: how many there will be.
    """

    def __init__(self, images: Callable[[], Iterator[SourceImage]], count: int):
        self.images, self.count = images, count

    def __iter__(self) -> Iterator[SourceImage]:
        return self.images()

    def __len__(self) -> int:
        return self.count
