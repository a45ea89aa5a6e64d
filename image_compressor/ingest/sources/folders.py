"""Decides whether the folders of a directory are splits or labels.

They are splits if each has a known split's name, and one of them is for training. A folder train
beside folders with other names is a label like them: trains, beside buses and ships.
"""

import logging
from collections.abc import Collection

from image_compressor.data.splits import TEST, TRAIN, VALIDATION
from image_compressor.errors import InputError

KNOWN = {
    **dict.fromkeys(("train", "training"), TRAIN),
    **dict.fromkeys(("validation", "valid", "val", "dev"), VALIDATION),
    **dict.fromkeys(("test", "testing"), TEST),
}
SHOWN = 10  # names in a line of the log


def split_folders(folders: Collection[str]) -> dict[str, str]:
    """Returns the split of each folder, or {} if they are labels; logs which of both they are.

    Args:
        folders: names of the folders that contain images.

    Raises InputError if train and another split are beside folders that are not splits.
    """
    found = {name: KNOWN[name.lower()] for name in sorted(folders) if name.lower() in KNOWN}
    others = sorted({*folders} - {*found})
    trains = [name for name, split in found.items() if split == TRAIN]
    if trains and others and len(found) > len(trains):
        raise InputError(
            f"The folders {_listed(found)} are splits, but {_listed(others)} beside them are not. "
            f"Move the other folders into a split or elsewhere, or rename the splits if they are "
            "labels."
        )
    are_splits = bool(trains) and not others
    if folders:
        kind = "splits" if are_splits else "labels"
        logging.getLogger("ingest").info("the folders are %s: %s", kind, _listed(sorted(folders)))
    return found if are_splits else {}


def _listed(names):
    return ", ".join([*names][:SHOWN]) + (", ..." if len(names) > SHOWN else "")
