"""The command image-compressor codecs."""

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path

from image_compressor import files
from image_compressor.codec import exported, store
from image_compressor.errors import InputError

DAY = 24 * 3600  # seconds


def codecs(options: argparse.Namespace) -> None:
    """Manage the store of codecs, which keeps those that wrote files on this machine."""
    for line in ACTIONS[options.action](options):
        print(line)


def _list(_) -> Iterator[str]:
    found = list(store.entries())
    for entry in found:
        used, size = _day(entry), f"{_bytes(entry):>11,} bytes"
        yield f"{entry.name[:8]}  last used {used}  {size}  {_kind(entry)}"
    if not found:
        yield f"{store.directory() or 'The store'} has no codecs"


def _show(options) -> Iterator[str]:
    entry = store.one(options.id)
    card = exported.card(exported.read(entry))
    metrics = card.get("metrics", {})
    facts = {
        "id": entry.name,
        "directory": entry,
        "bytes": _bytes(entry),
        "last_used": _day(entry),
        "architecture": _kind(entry),
        "data": json.dumps(card.get("data")),
        **{
            name: metrics[name]
            for name in ("quality", "bytes_per_image", "ssim")
            if name in metrics
        },
    }
    yield from (f"{name:24}{value}" for name, value in facts.items())


def _add(options) -> Iterator[str]:
    entry = store.add(exported.read_whole(exported.find(options.codec)))
    if entry is None:
        raise InputError(f"There is no store, because {store.VARIABLE} is empty. Set or unset it.")
    yield f"{entry.name[:8]}  {entry}"


def _remove(options) -> Iterator[str]:
    entry = store.one(options.id)
    store.remove(entry)
    yield f"{entry.name[:8]}  removed"


def _export(options) -> Iterator[str]:
    content = exported.read_whole(store.one(options.id))
    files.check_free_directory(options.output, options.force)
    with files.replace_directory(options.output) as scratch:
        for name, data in content.items():
            (scratch / name).write_bytes(data)
    yield f"{options.output}: codec {exported.codec_id(content)[:8]}"


def _prune(options) -> Iterator[str]:
    if options.days < 1:
        raise InputError("at least 1 day", options.days, "Codecs that were used today stay.")
    for entry in list(store.entries()):
        if time.time() - entry.stat().st_mtime > options.days * DAY:
            line = f"{entry.name[:8]}  last used {_day(entry)}, removed"
            store.remove(entry)
            yield line


ACTIONS = {
    "list": _list,
    "show": _show,
    "add": _add,
    "remove": _remove,
    "export": _export,
    "prune": _prune,
}


def _day(entry: Path) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(entry.stat().st_mtime))


def _bytes(entry: Path) -> int:
    return sum(file.stat().st_size for file in entry.iterdir())


def _kind(entry: Path) -> str:
    return exported.card(exported.read(entry)).get("architecture", "")
