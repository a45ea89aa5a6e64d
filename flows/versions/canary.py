"""canary: a candidate beside the promoted codec on the images that come, until they decide."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from prefect import task

from flows import gate
from flows.running import events
from flows.running.cluster import RETRYING
from flows.versions import branches, registry, tags, versions
from flows.versions.repository import Repository
from image_compressor.cli import fetch
from image_compressor.codec.codec import Codec
from image_compressor.errors import InputError
from image_compressor.evaluation import each
from image_compressor.evaluation.distortion import to_see
from image_compressor.evaluation.each import Each
from image_compressor.evaluation.gate import weigh
from image_compressor.evaluation.measures import curve_of_each
from image_compressor.evaluation.verdict import Thresholds
from image_compressor.images.groups import group, spread
from image_compressor.watch import look

PROMOTED = "promoted"  # as the codec of watch: the promoted version, whichever that is
MOST = 200  # images of a look that are measured with both
DAY = 24 * 3600  # seconds
PARAMS = Path("params.yaml")


def promoted() -> Codec:
    """Loads the promoted version. Raises InputError if there is none."""
    version = versions.promoted(Repository(Path.cwd()))
    if version is None:
        raise InputError("No version of the codec is promoted yet. Name a codec with --codec.")
    return _codec(version)


@task(**RETRYING, task_run_name="canary")
def tried(source: str, names: Sequence[str], directory: Path, arrivals: str) -> str:
    """Measures images of a place with the candidate too, and decides once its trial is over.

    The measures of all looks count. The candidate is promoted if it is better on these images, by
    the limits of the gate; withdrawn if it is not; and stays on trial while they do not decide.

    Args:
        source: the place.
        names: the images.
        directory: gets the measures of each look.
        arrivals: names the look; a repeated one replaces its measures.

    Returns: a sentence about the trial; "" without a candidate, or if retrain.canary is 0.
    """
    limits = gate.thresholds(PARAMS) if PARAMS.exists() else Thresholds()
    if not limits.canary:  # the remote is not asked in vain
        return ""
    repository = Repository(Path.cwd())
    tags.update(repository)
    promotions, candidate = tags.promotions(repository), tags.candidate(repository)
    if candidate is None or not promotions:
        return ""
    (version, began), champion = candidate, promotions[-1]
    folder = directory / "trials" / f"{version}-{champion}"
    some = [names[number] for number in spread(len(names), MOST)]
    _measure(source, some, (version, champion), limits.points, folder, arrivals)
    verdict = weigh(_all(folder, version), _all(folder, champion), limits)
    on_trial = f"Of {version}, on trial beside {champion}: {verdict}"
    end = began + limits.canary * DAY
    if time.time() < end:
        day = f"{datetime.fromtimestamp(end, UTC):%Y-%m-%d %H:%M} UTC"
        return f"{on_trial} It is decided after {day}."
    if verdict.undecided:
        return f"{on_trial} It stays on trial."
    return f"{on_trial} {_ended(repository, version, verdict)}"


def _codec(version) -> Codec:
    """A version of this project's codec, from the store of this machine if it is there."""
    return Codec.load(fetch.to_store(".", tags.ARTIFACT, "--rev", version))


def _measure(source, names, compared, points, folder, arrivals) -> None:
    """Measures images of the place with both versions."""
    codecs = {version: _codec(version) for version in compared}
    images = group([*look.pixels(next(iter(codecs.values())), source, names)])
    qualities = np.linspace(1, 100, points).round().astype(int).tolist()
    folder.mkdir(parents=True, exist_ok=True)
    for version, codec in codecs.items():
        measured = curve_of_each(codec, images, qualities, to_see(images))
        each.save(measured, folder / f"{arrivals}.{version}.npz")


def _all(folder, version) -> Each:
    return each.together([each.read(path) for path in sorted(folder.glob(f"*.{version}.npz"))])


def _ended(repository, version, verdict) -> str:
    """Promotes or withdraws the candidate; returns a sentence that says so."""
    why = f"After its trial on new images: {verdict}"
    if not verdict.better:
        registry.withdraw(repository, why)
        events.emit("codec.rejected", f"{tags.ARTIFACT}@{version}", why=why)
        return "It is withdrawn."
    registry.promote(repository, version, why)
    events.emit("codec.promoted", f"{tags.ARTIFACT}@{version}", why=why)
    return f"It is promoted. {branches.bring(repository, version)}"
