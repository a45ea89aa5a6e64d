"""Names of images -> readable, reproducible names that are valid on every file system.

    aux.png    a:b.png      A.png, a.png      b.jpg, b.jpg.png
    aux_.png   a%3Ab.png    A.png, a~2.png    b.jpg, b.jpg~2.png

A name that is valid everywhere stays the same. The last pair would clash because `file_name` adds
.png to a suffix that would lose pixels.
"""

import hashlib
import itertools
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from posixpath import splitext

from image_compressor.images import formats

DEVICE = re.compile("con|prn|aux|nul|(com|lpt)[0-9\u00b9\u00b2\u00b3]", re.IGNORECASE)
LARGEST_NAME = 1024  # bytes
LOSSLESS = (".png", ".webp", ".bmp", ".tif", ".tiff")  # the suffixes of files that are written
FORBIDDEN = frozenset('<>:"|?*\\')  # on Windows
LARGEST_PART = 240  # bytes between two "/"; file systems allow 255, but .png or ~2 may be added


def safe(names: Sequence[str]) -> list[str]:
    """A safe name for each name, in order; they differ from each other in more than case.

    Valid names are assigned first and stay the same, so the result does not depend on the order.
    """
    return _apart(names, [escaped(name) for name in names])


def file_names(names: Sequence[str], whole: bool = True) -> list[str]:
    """The paths of the files for the images of an archive with these names.

    A suffix that would lose pixels becomes .png; or .png is added to it, where another image or
    folder has the resulting name.

    Args:
        whole: whether these are all names of the archive, or all names of a set have such files.
            Otherwise .png is added.
    """
    short = [escaped(name) if _is_long(name) else name for name in names]
    full = _apart(names, short)
    added = [file_name(name) for name in full]
    if not whole:
        return added
    stems, folders = [_with_png(name) for name in full], _folders(full)
    pairs = list(zip(stems, added, strict=True))
    counts = Counter(name for pair in pairs for name in {folded(one) for one in pair})
    free = [counts[folded(stem)] == 1 and folded(stem) not in folders for stem in stems]
    return [stem if alone else name for (stem, name), alone in zip(pairs, free, strict=True)]


def has_stems(names: Sequence[str]) -> bool:
    """Whether `file_names` gives every image a file with the stem of its name."""
    return file_names(names) == [_with_png(name) for name in names]


def _with_png(name):
    """The name with .png in place of the suffix of an image format that would lose pixels."""
    root, ending = splitext(name)
    lossy = ending.lower() in formats.ENDINGS and ending.lower() not in LOSSLESS
    return f"{root}.png" if lossy else file_name(name)


def file_name(name: str) -> str:
    """The file for an image with this name: .png is added to a suffix that would lose pixels."""
    return name if name.lower().endswith(LOSSLESS) else f"{name}.png"


def escaped(name: str) -> str:
    """A path that is valid on every file system; invalid characters are percent-encoded."""
    folders, _, last = "/".join(map(_part, name.split("/"))).rpartition("/")
    if len(folders.encode()) + len(last.encode()) > LARGEST_NAME - 16:
        folders = f"~{_digest(folders)}"
    return f"{folders}/{last}" if folders else last


def numbered(name: str, number: int) -> str:
    """The name with ~NUMBER before its suffix."""
    stem, ending = splitext(name)
    return f"{stem}~{number}{ending}"


def readable(name: str) -> str:
    """The name for a table, with control characters and non-UTF-8 bytes percent-encoded."""
    if name.isprintable():
        return name
    return "".join(c if c.isprintable() else _percent(c) for c in name)


def folded(name: str) -> str:
    """The text that is equal for two names if some file system treats them as the same."""
    return name.lower() if name.isascii() else unicodedata.normalize("NFC", name.casefold())


def _apart(names, wanted):
    """The wanted names, numbered where another name, or a folder, already has that name."""
    found, taken = list(wanted), _folders(wanted)
    numbers: defaultdict[str, Iterator[int]] = defaultdict(lambda: itertools.count(2))

    def take(name):
        keys = {folded(name), folded(file_name(name))}
        free = keys.isdisjoint(taken)
        if free:
            taken.update(keys)
        return free

    order = sorted(range(len(names)), key=lambda n: (wanted[n] != names[n], names[n]))
    for index in [index for index in order if not take(wanted[index])]:
        each = (numbered(wanted[index], number) for number in numbers[folded(wanted[index])])
        found[index] = next(filter(take, each))
    return found


def _folders(names):
    """The folders that contain one of these names."""
    found: set[str] = set()
    for name in names:
        folder = folded(name)
        while (folder := folder.rpartition("/")[0]) and folder not in found:
            found.add(folder)
    return found


def _part(part):
    part = "".join(_percent(c) if c in FORBIDDEN else c for c in readable(part))
    stem, dot, rest = part.partition(".")
    if DEVICE.fullmatch(stem.rstrip()):
        part = f"{stem}_{dot}{rest}"
    if part.endswith((".", " ")):
        part = part[:-1] + _percent(part[-1])
    if len(part.encode()) > LARGEST_PART:
        suffix = splitext(part)[1][-20:]
        kept = part.encode()[: LARGEST_PART - 40].decode(errors="ignore")
        part = f"{kept}~{_digest(part)}{suffix}"
    return part or "_"


def _percent(character):
    lone = "surrogateescape" if "\udc80" <= character <= "\udcff" else "surrogatepass"
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", lone))


def _digest(text):
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _is_long(name):
    return any(len(part.encode()) > LARGEST_PART for part in name.split("/"))
