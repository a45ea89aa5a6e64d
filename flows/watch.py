"""watch: looks at the new images of a place: are they as expected, and of the codec's kind?"""

import argparse
import hashlib
from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path

from prefect import flow, task
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from flows.running import artifacts, events
from flows.running.cluster import RETRYING
from flows.running.command import alone, launch, refused
from image_compressor.codec import exported
from image_compressor.codec.codec import Codec
from image_compressor.errors import InputError
from image_compressor.evaluation import pictures
from image_compressor.ingest import arrivals, listing
from image_compressor.ingest.listing import Row
from image_compressor.watch import drift, expected, history
from image_compressor.watch.look import Cost, Look, compared, cost, look, pairs

LOCK, KNOWN = Path(".dvc/tmp/watch.lock"), Path(".dvc/tmp/watch.sqlite")
REPORTS = Path("reports/watch")
EXPECTED, HISTORY, SEEN = (REPORTS / name for name in ("expected.json", "history.csv", "seen.csv"))
SHOWN = 8  # images that are most unlike
COSTS = [field.name for field in fields(Cost)]
LOOKS = ("time", "arrived", "found", "bytes_per_image", "ssim", "stored")  # columns of the report


@task(**RETRYING, task_run_name="list")
def listed(source: str) -> list[Row]:
    """Lists the images of a place."""
    return arrivals.listed(source, KNOWN)


@task(**RETRYING, task_run_name="look")
def looked(source: str, codec: str, rows: list[Row]) -> Look:
    """Reads and measures images of the place."""
    loaded, files = Codec.load(codec), [(row.name, row.reason) for row in rows]
    return look(loaded, typical(loaded), source, files, arrivals.repeated(rows))


@task(**RETRYING, task_run_name="compress")
def compressed(source: str, codec: str, found: Look) -> Cost:
    """Compresses the images of the look, to know what they cost."""
    return cost(Codec.load(codec), source, found.images)


@flow(persist_result=False)
def watch(source: str, codec: str = "models/exported", images: int = 1000) -> State:
    """Looks at the images that have come to `source` since the last look.

    They are compared with what is expected of them, reports/watch/expected.json, which the first
    look writes. If they keep to it, they are compressed, and compared with the images that the
    codec was validated with. reports/watch/history.csv gets a row for each look. The events
    image-compressor.data.arrived, .data.invalid and .drift.detected say what was found. Images that
    are not as expected are looked at again the next time.

    Args:
        source: a directory, or an address such as s3://bucket/images.
        codec: a directory, or the name of a released codec.
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


def typical(codec: Codec) -> drift.Typical:
    """The measures of the codec's validation images."""
    return drift.of_card(exported.card(codec.files or {}))


def _watched(source, codec, most) -> State:
    rows = listed(source)
    before = [*listing.read(SEEN)] if SEEN.exists() else []
    new = arrivals.new(rows, before)
    if before and not rows:
        return _invalid(source, f"{source} has no images, but had {len(before):,} before.")
    if not new:
        return Completed(name="NothingNew", message=f"{source} has no new images.")
    events.emit("data.arrived", source, images=len(new))
    found = looked(source, codec, arrivals.sample(new, most))
    note, broken = _as_expected(found)
    if broken:
        _record(codec, new, found, "invalid")
        return _invalid(source, f"{broken} Repair or remove them, or change {EXPECTED}.")
    change = compared(found, typical(Codec.load(codec)))
    costs = compressed(source, codec, found)
    _record(codec, new, found, "drift" if change.found else "no drift", costs, change)
    message = f"{len(new):,} new images in {source}: {_text(costs)}.{note}"
    artifacts.watch(_report(message, change), _picture(source, codec, change))
    if change.found:
        names = [each.name for each in change.unlike]
        message += (
            f" They are of another kind than the codec's: first look at {', '.join(names[:3])}."
        )
        events.emit("drift.detected", source, images=len(new), unlike=names, message=message)
    listing.write(SEEN, rows)  # last: after a crash, the next run looks at them again
    return Completed(name="Drift" if change.found else "NoDrift", message=message)


def _as_expected(found) -> tuple[str, str]:
    """(a note if there were no expectations yet, the problems of the images)."""
    note = ""
    if not EXPECTED.exists():
        REPORTS.mkdir(parents=True, exist_ok=True)
        expected.save(expected.infer(found), EXPECTED)
        note = f" {EXPECTED} says what to expect from now on: correct it, and commit it to git."
    return note, " ".join(expected.problems(found, expected.read(EXPECTED)))


def _invalid(source, message) -> State:
    events.emit("data.invalid", source, message=message)
    return Failed(name="Invalid", message=message)


def _record(codec, new, found, answer, costs=None, change=None) -> None:
    """Adds the look to the history."""
    measured = asdict(costs) if costs else dict.fromkeys(COSTS, "")
    every = [p for one in change.measures for p in (one.p_shift, one.p_beyond)] if change else [""]
    entry = history.Entry(
        time=f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}",
        arrived=len(new),
        looked=len(found),
        refused=len(found.refused),
        codec=exported.codec_id(Codec.load(codec).files or {})[:8],
        found=answer,
        **measured,
        p=min(every),
        arrivals=hashlib.sha256(repr(new).encode()).hexdigest()[:16],
    )
    history.add(entry, HISTORY)


def _picture(source, codec, change):
    names = [each.name for each in change.unlike[:SHOWN]]
    originals, decoded = zip(*pairs(Codec.load(codec), source, names), strict=True)
    return pictures.grid([*originals], [*decoded], columns=SHOWN // 2)


def _text(costs):
    return (
        f"{costs.bytes_per_image:,.5g} bytes an image at SSIM {costs.ssim:.3f}, 5th percentile "
        f"{costs.ssim_p5:.3f}, and {costs.stored:.1%} stored as WebP or AVIF"
    )


def _report(message, change) -> str:
    """The report in Markdown: the measures, the images that are most unlike, and the last looks."""
    measures = [
        (
            *(drift.MEASURES[one.measure], one.typical, one.now),
            *(f"{one.beyond:.1%}", f"{one.p_shift:.2g}", f"{one.p_beyond:.2g}"),
        )
        for one in change.measures
    ]
    unlike = [(each.name, each.bpp, each.ssim) for each in change.unlike]
    looks = [[row[name] for name in LOOKS] for row in history.read(HISTORY)[:-11:-1]]
    tables = (
        (("", "typical", "these", "beyond", "p, shift", "p, beyond"), measures),
        (("most unlike", "bits a pixel", "SSIM"), unlike),
        (LOOKS, looks),
    )
    return "\n\n".join([message, *(_table(*each) for each in tables)]) + "\n"


def _table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser("watch", description=__doc__)
    parser.add_argument("source", help="a directory of images, or s3://...")
    parser.add_argument("--codec", default="models/exported")
    parser.add_argument("--images", type=int, default=1000, help="read at most so many (1000)")
    launch(watch, *vars(parser.parse_args()).values(), lock=LOCK)
