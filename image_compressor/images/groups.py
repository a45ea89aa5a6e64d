"""Groups of images: an array [N, H, W, C] if all have one size, otherwise a list of [H, W, C]."""

from collections.abc import Iterator, Sequence

import numpy as np

Group = np.ndarray | list[np.ndarray]


def group(images: Sequence[np.ndarray]) -> Group:
    """Makes a group of uint8 images [H, W, C]."""
    one_size = len({image.shape for image in images}) == 1
    return np.stack(images) if one_size else list(images)


def chosen(images: Group, numbers: Sequence[int] | np.ndarray) -> Group:
    """Returns the group of the images with these numbers, in that order."""
    if isinstance(images, np.ndarray):
        return images[numbers]
    return group([images[number] for number in numbers])


def stacks(images: Group, most: int) -> Iterator[np.ndarray]:
    """Yields all images in stacks [n, H, W, C] of one size, at most `most` in each."""
    step = most if isinstance(images, np.ndarray) else 1
    for start in range(0, len(images), step):
        yield np.asarray(images[start : start + step])


def pixels(images: Group) -> int:
    """Counts the pixels of all images, whatever their number of channels."""
    return sum(image[..., 0].size for image in images)


def centre(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Cuts the centre out of an image [H, W, C], at most height x width."""
    top, left = (
        max(0, size - most) // 2 for size, most in zip(image.shape, (height, width), strict=False)
    )
    return image[top : top + height, left : left + width]


def centres(images: Group, side: int) -> np.ndarray:
    """Cuts the centre out of each image of a list: [N, h, w, C], at most `side` pixels a side."""
    if isinstance(images, np.ndarray):
        return images
    sizes = [min(side, *(image.shape[axis] for image in images)) for axis in (0, 1)]
    return np.stack([centre(image, *sizes) for image in images])


def spread(count: int, wanted: int) -> np.ndarray:
    """The numbers of `wanted` of `count` images, spread evenly; of all, if they are fewer."""
    return np.linspace(0, count - 1, min(count, wanted)).round().astype(int)
