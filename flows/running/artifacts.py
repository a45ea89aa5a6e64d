"""Artifacts of the stages in Prefect's UI, made from the files that the stages write."""

import base64
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import copy_context
from pathlib import Path
from typing import Any

from prefect import get_run_logger
from prefect.artifacts import (
    create_image_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
    update_progress_artifact,
)
from ruamel.yaml import YAML

from flows.versions.repository import Repository
from image_compressor.evaluation.curves import METRICS

TRAINING = Path("reports/training/metrics.json")
EVALUATION = Path("reports/evaluation/measures.json")
CARD = Path("models/exported/card.json")
PICTURES = Path("reports/evaluation/grid.png")
INTERVAL = 5  # seconds between two looks at the training
# https://host/path.git, with or without a name and password; git@host:path.git, ssh://git@host/path
WEB = re.compile(
    r"(?:https?://(?:[^@/]+@)?|(?:ssh://)?[^@/]+@)([\w.-]+(?::\d+(?=/))?)[:/](.+?)(?:\.git)?/?"
)


@contextmanager
def progress(stage: str) -> Iterator[None]:
    """Shows the progress of training while it runs. Other stages have no such artifact."""
    if stage != "train":
        yield
        return
    over = threading.Event()
    # In a copy of this run's context, so that the artifact belongs to the run.
    watching = threading.Thread(target=copy_context().run, args=(_tried, _training, over))
    watching.start()
    try:
        yield
    finally:
        over.set()
        watching.join()


def results(stage: str) -> None:
    """Shows the results of `stage`."""
    if stage == "evaluate" and EVALUATION.exists():
        _tried(_evaluation)
        _tried(_pictures)
    elif stage == "export" and CARD.exists():
        _tried(_codec)


def commit(repository: Repository, revision: str = "HEAD") -> None:
    """Shows a commit, as a link if git's remote is on a host, and any changes since HEAD."""
    _tried(_commit, repository, revision)


def gate(report: str) -> None:
    """Shows the gate's report without its chart, which Prefect's UI cannot draw."""
    text = re.sub(r"\n```mermaid.*?```\n", "", report, flags=re.S)
    create_markdown_artifact(text, "gate", "The new codec compared with the promoted one")


def watch(report: str, unlike: Path, timeline: Path) -> None:
    """Shows the report of a look, the images that are most unlike, and all looks over time."""
    _tried(create_markdown_artifact, report, "watch", "The images that came since the last look")
    _tried(_image, unlike, "unlike", "Most unlike: pairs of an image and what the codec decodes")
    _tried(_image, timeline, "looks", "All looks: red where the images had drifted")


def sweep(rows: list[dict[str, Any]], picture: Path) -> None:
    """Shows the table and the picture of a comparison."""
    text = "The points of the sweep; bd_rate: % more bytes than the first point at equal SSIM"
    _tried(create_table_artifact, rows, "sweep", text)
    _tried(_image, picture, "sweep-curves", "SSIM over bytes per image")


def _tried(show, *arguments):
    """Calls `show` and logs a failure."""
    try:
        show(*arguments)
    except Exception as error:  # a stage that succeeded must not fail because of an artifact
        get_run_logger().warning("No artifact: %r", error)


def _training(over):
    params = YAML(typ="safe").load(Path("params.yaml").read_text("utf-8"))
    if "epochs" not in params["train"]:
        return  # the default is known only to the stage
    epochs = params["train"]["epochs"]
    artifact: Any = None
    started = time.time()
    while not over.wait(INTERVAL):
        done = _epochs_since(started)
        if done:
            percent = 100 * done / epochs
            left = (time.time() - started) / done * (epochs - done)
            text = f"Epoch {done} of {epochs}, about {left:.0f} s left."
            if artifact is None:
                artifact = create_progress_artifact(percent, "training", text)
            else:
                update_progress_artifact(artifact, percent, text)


def _epochs_since(started):
    """Counts finished epochs: 0 while the file is from an earlier training, or half written."""
    with suppress(OSError, ValueError):
        if TRAINING.stat().st_mtime > started:
            return _read(TRAINING)["step"] + 1
    return 0


def _evaluation():
    metrics = _read(EVALUATION)
    rates = {
        f"BD-rate by {title}, %": metrics[f"bd_rate_{metric}"]
        for metric, title in METRICS.items()
        if f"bd_rate_{metric}" in metrics
    }
    create_table_artifact(
        [
            {"rival": name, **{title: by_name[name] for title, by_name in rates.items()}}
            for name in metrics["bd_rate_ssim"]
        ],
        "evaluation",
        f"{metrics['bytes_per_image']} bytes per image at SSIM {metrics['ssim']} and L1 "
        f"{metrics['l1']}, over {metrics['images']} images. A negative BD-rate means fewer bytes "
        "than the rival.",
    )


def _pictures():
    text = "Pairs: an image of the test split, and the image that the codec decodes"
    _image(PICTURES, "pictures", text)


def _image(path, key, text):
    encoded = base64.b64encode(path.read_bytes()).decode()
    create_image_artifact(f"data:image/png;base64,{encoded}", key, text)


def _codec():
    card = _read(CARD)
    text = f"# Codec {card['id'][:8]}\n\n```json\n{json.dumps(card, indent=2)}\n```\n"
    create_markdown_artifact(text, "codec", "The exported codec's card")


def _commit(repository, revision):
    commit = repository.git("rev-parse", f"{revision}^{{commit}}")
    url = repository.git("config", "--default", "", f"remote.{repository.remote}.url")
    host = WEB.fullmatch(url)
    link = "https://{}/{}/commit/{}".format(*host.groups(), commit) if host else ""
    changed = repository.changed() if revision == "HEAD" else []
    changes = f", and changes in {', '.join(changed)}" if changed else ""
    create_markdown_artifact((f"[{commit}]({link})" if host else commit) + changes, "commit")


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text("utf-8"))
