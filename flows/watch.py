"""watch: looks at the new images of a place: are they as expected, and of the codec's kind?"""

import argparse
import hashlib
from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from prefect import flow, task
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.running import artifacts, events, timeline
from flows.running.cluster import RETRYING
from flows.running.command import alone, launch, refused
from flows.versions import canary
from image_compressor.codec import exported
from image_compressor.codec.codec import Codec
from image_compressor.errors import InputError
from image_compressor.evaluation import pictures
from image_compressor.ingest import arrivals, listing
from image_compressor.ingest.listing import Row
from image_compressor.watch import drift, expected, history, markdown
from image_compressor.watch.look import Cost, Image, Look, compared, cost, look, pairs

LOCK, KNOWN = Path(".dvc/tmp/watch.lock"), Path(".dvc/tmp/watch.sqlite")
REPORTS = Path("reports/watch")
EXPECTED, HISTORY, SEEN = "expected.json", "history.csv", "seen.csv"
UNLIKE, TIMELINE = "unlike.png", "history.png"
SHOWN = 8  # images that are most unlike
COSTS = [field.name for field in fields(Cost)]


@task(**RETRYING, task_run_name="list")
def listed(source: str) -> list[Row]:
    """Lists the images of a place."""
    return arrivals.listed(source, KNOWN)


@task(**RETRYING, task_run_name="look")
def looked(source: str, codec: Codec, quality: int, rows: list[Row]) -> Look:
    """Reads and measures images of the place."""
    files = [(row.name, row.reason) for row in rows]
    return look(codec, quality, source, files, arrivals.repeated(rows))


@task(**RETRYING, task_run_name="compress")
def compressed(source: str, codec: Codec, images: list[Image]) -> Cost:
    """Compresses the images of the look, to know what they cost."""
    return cost(codec, source, images)


@flow(persist_result=False)
def watch(source: str, codec: str = "models/exported", images: int = 1000) -> State:
    """Looks at the images that have come to `source` since the last look.

    They are compared with what is expected of them, in expected.json, which the first look writes.
    If they keep to it, they are compressed, and compared with the images that the codec was
    validated with. history.csv gets a row for each look. These files are in reports/watch, in a
    folder for each source. The events image-compressor.data.arrived, .data.invalid and
    .drift.detected say what was found. Images that are not as expected are looked at again the next
    time.

    Args:
        source: a directory, or an address such as s3://bucket/images.
        codec: a directory, the name of a released codec, or `promoted`: the promoted version of
            this project, whichever that is at the time. If a version is on trial, it is measured
            beside the promoted one, see `canary`.
        images: at most so many of the new ones are read, spread evenly.

    Returns: Completed, named NothingNew, NoDrift or Drift; or Failed, named Invalid for images that
        are not as expected.
    """
    try:
        if images < 1:
            raise InputError("--images of at least 1", images, "Leave it out for 1,000.")
        with alone(LOCK):
            return _watched(source, codec, images)
    except InputError as error:
        return refused(error)


def folder(source: str) -> Path:
    """The folder with what is known of a source: its address, with % for what names cannot have."""
    return REPORTS / quote(source if "://" in source else str(Path(source)), safe="")


def _watched(source, name, most) -> State:
    rows, seen = listed(source), folder(source) / SEEN
    before = [*listing.read(seen)] if seen.exists() else []
    new = arrivals.new(rows, before)
    if before and not rows:
        return _invalid(source, f"{source} has no images, but had {len(before):,} before.")
    if not new:
        return Completed(name="NothingNew", message=f"{source} has no new images.")
    events.emit("data.arrived", source, images=len(new))
    codec = canary.promoted() if name == canary.PROMOTED else Codec.load(name)
    typical = drift.of_card(exported.card(codec.files or {}))
    found = looked(source, codec, typical.quality, arrivals.sample(new, most))
    note, broken = _as_expected(found, folder(source) / EXPECTED)
    digest = hashlib.sha256(repr(new).encode()).hexdigest()[:16]
    facts = {"arrived": len(new), "arrivals": digest}
    if broken:
        _record(folder(source), codec, facts, found, "invalid")
        return _invalid(source, broken)
    change = compared(found.images, typical)
    costs = compressed(source, codec, found.images)
    answer = "drift" if change.found else "no drift"
    _record(folder(source), codec, facts, found, answer, costs, change)
    message = f"{len(new):,} new images in {source}: {markdown.sentence(costs)}.{note}"
    names = [each.name for each in change.unlike]
    if change.found:
        first = ", ".join(names[:3])
        message += f" They are of another kind than the codec's: first look at {first}."
        events.emit("drift.detected", source, images=len(new), unlike=names, message=message)
    every = [image.name for image in found.images]
    if trial := canary.tried(source, every, folder(source), digest):
        message += f" {trial}"
    originals, decoded = zip(*pairs(codec, source, names[:SHOWN]), strict=True)
    unlike = folder(source) / UNLIKE
    pictures.grid([*originals], [*decoded], columns=SHOWN // 2).save(unlike)
    looks = history.read(folder(source) / HISTORY)
    timeline.draw(looks, folder(source) / TIMELINE)
    artifacts.watch(markdown.report(message, change, looks), unlike, folder(source) / TIMELINE)
    listing.write(seen, rows)  # last: after a crash, the next run looks at them again
    return Completed(name="Drift" if change.found else "NoDrift", message=message)


def _as_expected(found, path) -> tuple[str, str]:
    """(a note if there were no expectations yet, the problems of the images and what to do)."""
    note = ""
    if not path.exists():
        inferred = expected.infer(found)
        path.parent.mkdir(parents=True, exist_ok=True)
        expected.save(inferred, path)
        note = f" {path} says what to expect from now on: correct it, and commit it to git."
    broken = " ".join(expected.problems(found, expected.read(path)))
    return note, broken and f"{broken} Repair or remove them, or change {path}."


def _invalid(source, message) -> State:
    events.emit("data.invalid", source, message=message)
    return Failed(name="Invalid", message=message)


def _record(directory, codec, facts, found, answer, costs=None, change=None) -> None:
    """Adds the look, with these facts of the arrivals, to the history."""
    measured = asdict(costs) if costs else dict.fromkeys(COSTS, "")
    every = [p for one in change.measures for p in (one.p_shift, one.p_beyond)] if change else [""]
    entry = history.Entry(
        time=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        **facts,
        looked=len(found),
        refused=len(found.refused),
        codec=exported.codec_id(codec.files or {})[:8],
        found=answer,
        **measured,
        p=min(every),
    )
    history.add(entry, directory / HISTORY)


if __name__ == "__main__":
    parser = argparse.ArgumentParser("watch", description=__doc__)
    parser.add_argument("source", help="a directory of images, or s3://...")
    parser.add_argument(
        "--codec", default="models/exported", help="directory, released codec, or: promoted"
    )
    parser.add_argument("--images", type=int, default=1000, help="read at most so many (1000)")
    launch(watch, *vars(parser.parse_args()).values(), lock=LOCK)
