"""retrain: clean clone -> pipeline -> gate -> a new version, promoted if it is better."""

import argparse
import json
import shutil
from contextlib import chdir
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from prefect import flow, get_run_logger
from prefect.client.schemas.objects import State
from prefect.states import Completed
from ruamel.yaml import YAML

from flows import gate
from flows.pipeline import PULL, run_stages
from flows.running import artifacts, events, process, proposals
from flows.running.command import alone, launch, refused
from flows.running.cost import Cost, measured
from flows.versions import branches, registry, tags, versions
from flows.versions.clone import FAILED, cloned, rescuing
from flows.versions.repository import Repository
from image_compressor.errors import InputError

GATE = Path("reports/gate")
TRAIN, TRAINED, BEFORE = "train", "models/trained", "models/before"
COMPARED = ("data/prepared", "models/exported")  # the gate's inputs
HOUR = 3600  # seconds
# Of states, by the gate's answer: published, or only judged.
PUBLISHED = {"Better": "Promoted", "Not better": "NotPromoted", "Undecided": "Undecided"}
CANDIDATE = "Candidate"
JUDGED = {"Better": "Better", "Not better": "NotBetter", "Undecided": "Undecided"}


@flow(persist_result=False)
def retrain(branch: str = "main", publish: bool = True, ask: bool = False) -> State:
    """Retrains if `branch` of git's remote has changed, and promotes the new codec if it is better.

    A change is one of code, data or parameters since the newest version. The work is done in a
    clone that shares this checkout's DVC cache; only the data that is needed and not in the cache
    is pulled. In this checkout only the gate's report, reports/gate, changes. A promotion is also
    committed to `branch`, unless the remote refuses that.

    Args:
        publish: if False, the gate's verdict is reported, but nothing is published or promoted.
        ask: wait, suspended, until somebody resumes this run of a deployment; at most a week.

    Returns: Completed, named Unchanged, Promoted, Candidate (on trial: see `canary`), NotPromoted
        or Undecided, with the reason; if nothing is to be published, Better, NotBetter or
        Undecided; Asked if another run already waits; or Failed.
    """
    report, failed = GATE.resolve(), FAILED.resolve()
    try:
        if ask and (waiting := proposals.propose()):
            return Completed(name="Asked", message=f"{waiting} waits to be resumed already.")
        with alone(), cloned(branch) as clone, chdir(clone.path):
            for earlier in (report, failed):
                shutil.rmtree(earlier, ignore_errors=True)
            days = gate.thresholds(Path("params.yaml")).canary  # fails now, if they are wrong
            registry.check(clone)
            adopted, cost = versions.adopt_latest(clone), None
            stale = clone.stale() if adopted else []
            if TRAIN in stale and _warm():
                versions.pull_promoted(clone, TRAINED, BEFORE)
            if stale or not adopted:
                # A version's data is at the remote, so unneeded data may be missing here.
                with rescuing(clone, failed), measured() as cost:
                    run_stages(*(PULL if adopted else PULL[:1]))
            version = versions.known(clone)
            if version:
                return Completed(name="Unchanged", message=f"{branch} is already {version}.")
            answer, why = judged(clone, cost)
            shutil.copytree(GATE, report)
            if publish:
                return published(clone, branch, answer, why, cost, days)
            return Completed(name=JUDGED[answer], message=why)
    except InputError as error:
        return refused(error)


def _warm() -> bool:
    """Whether a training goes on from the weights of the promoted version: train.warm."""
    params = YAML(typ="safe").load(Path("params.yaml").read_text("utf-8"))
    return bool(params.get("train", {}).get("warm"))


def judged(clone: Repository, cost: Cost | None) -> tuple[str, str]:
    """Compares the new codec with the promoted one; returns the gate's answer, and why.

    Args:
        cost: of the pipeline, for the report; None if it did not run.
    """
    clone.dvc("pull", *COMPARED)
    before = versions.promoted(clone)
    with TemporaryDirectory() as directory:
        codec = Path(directory, "promoted")
        if before:
            python("image_compressor", "fetch", "codec", "--rev", before, "-o", str(codec))
        python("flows.gate", *([str(codec)] if before else []))
    report = (GATE / "verdict.md").read_text("utf-8")
    if before:
        changes = clone.dvc("metrics", "diff", "--md", f"{tags.ARTIFACT}@{before}")
        report += f"\nMetrics of {before} and now:\n\n{changes}\n"
    if cost:
        report += f"\nMaking it took {cost}.\n"
    (GATE / "verdict.md").write_text(report, "utf-8")
    artifacts.gate(report)
    verdict = json.loads((GATE / "verdict.json").read_text("utf-8"))
    return verdict["answer"], " ".join(verdict["reasons"])


def published(
    clone: Repository, branch: str, answer: str, why: str, cost: Cost | None, days: float
) -> State:
    """Publishes the codec that the pipeline made; if it is better, promotes it and merges it.

    Args:
        cost: as for `judged`; the version's commit and tag record it.
        days: of a trial before the promotion.
    """
    new = f"retrain/{datetime.now():%Y-%m-%d-%H%M%S}"
    trial = days > 0 and versions.promoted(clone) is not None
    recorded = f"{why}\n\nMaking it took {cost}." if cost else why
    version = registry.publish(clone, new, recorded, answer == "Better", trial)
    artifacts.commit(clone, f"{tags.ARTIFACT}@{version}")
    if trial and answer == "Better":
        events.emit("codec.candidate", f"{tags.ARTIFACT}@{version}", why=why)
        said = f"{why} On trial for {days:g} days: the flow watch measures new images with both."
        return Completed(name=CANDIDATE, message=f"{version}: {said}")
    what = "codec.promoted" if answer == "Better" else "codec.rejected"
    events.emit(what, f"{tags.ARTIFACT}@{version}", answer=answer, why=why)
    message = f"{version}: {why}"
    if answer == "Better":
        message += f" {branches.merge(clone, new, branch)}"
    return Completed(name=PUBLISHED[answer], message=message)


def python(module: str, *arguments: str) -> None:
    """Runs a Python module of the clone. Raises InputError if it fails."""
    process.run_module([module, *arguments], get_run_logger().info, HOUR, module)


if __name__ == "__main__":
    parser = argparse.ArgumentParser("retrain", description=__doc__)
    parser.add_argument("branch", nargs="?", default="main", help="branch of git's remote (main)")
    parser.add_argument("--no-publish", action="store_true", help="only report the gate's verdict")
    options = parser.parse_args()
    launch(retrain, options.branch, not options.no_publish)
