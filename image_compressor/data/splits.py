"""Splits train, validation and test: an image's content alone decides."""

import hashlib

import numpy as np

TRAIN, VALIDATION, TEST = SPLITS = ("train", "validation", "test")


def split_of(pixels: np.ndarray, validation: float, test: float) -> str:
    """Returns the split of an image, drawn by a hash of its pixels and shape.

    Adding images therefore never moves an old one, and equal images are never in two splits.

    Args:
        pixels: uint8 [H, W, C].
        validation, test: shares, 0..1; the rest is train.
    """
    content = hashlib.sha256(repr(pixels.shape).encode() + pixels.tobytes())
    fraction = int.from_bytes(content.digest()[:8], "big") / 2**64
    if fraction < test:
        return TEST
    return VALIDATION if fraction < test + validation else TRAIN
