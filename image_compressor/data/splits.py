"""train, validation or test: decided by an image's content alone."""

import hashlib

import numpy as np

TRAIN, VALIDATION, TEST = SPLITS = ("train", "validation", "test")


def split_of(pixels: np.ndarray, validation: float, test: float) -> str:
    """The split of an image, from a hash of its pixels and shape.

    So adding images never moves an old one, and equal images are never in two splits.

    Args:
        pixels: uint8 [H, W, C].
        validation, test: shares, 0..1; what they leave is train.
    """
    content = hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes())
    place = int.from_bytes(content.digest()[:8], "big") / 2**64
    if place < test:
        return TEST
    return VALIDATION if place < test + validation else TRAIN
