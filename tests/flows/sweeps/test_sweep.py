"""A sweep over the workers of a server, in a small project."""

import csv
import signal

import pytest

from flows.sweep import TRIES
from tests.flows.sweeps.sweeps import Sweeps

pytestmark = pytest.mark.slow


@pytest.fixture
def sweeps(server, checkout):
    sweeps = Sweeps(checkout, server)
    sweeps.deploy()
    yield sweeps
    sweeps.end()


def table(sweeps):
    with (sweeps.path / "reports/sweep/table.csv").open() as file:
        return list(csv.DictReader(file))


def test_points_are_compared_and_a_failed_one_loses_no_other(sweeps):
    sweeps.worker()
    said, code = sweeps.sweep("train.epochs=1,13")
    assert code == 1
    assert "1 of 2 points failed. The others are compared in reports/sweep. epochs-13-" in said
    (first,) = table(sweeps)
    assert (first["train.epochs"], first["ssim"]) == ("1", "0.901")
    assert sweeps.experiments() == [first["experiment"]]
    assert sweeps.clones() == []


@pytest.mark.torture
def test_points_run_once_are_pushed_whole_and_compared_and_a_failed_one_loses_no_other(sweeps):
    for _ in range(2):
        sweeps.worker()
    said, code = sweeps.sweep("train.epochs=1,13,9")
    assert code == 1
    assert "1 of 3 points failed. The others are compared in reports/sweep. epochs-13-" in said
    assert "Expected luck." in said
    first, second = table(sweeps)
    assert [first["train.epochs"], second["train.epochs"]] == ["1", "9"]
    assert (first["ssim"], second["ssim"]) == ("0.901", "0.909")
    assert (first["bd_rate"], float(second["bd_rate"]) < 0) == ("0.0", True)
    assert sweeps.experiments() == sorted([first["experiment"], second["experiment"]])
    assert (sweeps.path / "reports/sweep/curves.png").stat().st_size > 1000
    assert sweeps.clones() == []
    assert sweeps.git("status", "--porcelain") == ""
    # Another machine gets everything from the remotes.
    clone = sweeps.checkout.clone(sweeps.path.parent / "other")
    clone.dvc("exp", "pull", "origin", second["experiment"])
    clone.dvc("exp", "apply", second["experiment"])
    assert (clone.path / "reports/evaluation/rates.csv").exists()
    said, code = sweeps.sweep("train.epochs=1,9,5")
    assert (code, said) == (
        0,
        "sweep: 1 of 3 points ran, the others had run before. See reports/sweep.",
    )


@pytest.mark.torture
def test_killed_sweeps_are_taken_up_and_points_killed_thrice_are_named(sweeps):
    sweeps.worker()
    killed = sweeps.start("flows.sweep", "train.epochs=99,2")
    sweeps.until(sweeps.stages)
    killed.kill()
    again = sweeps.start("flows.sweep", "train.epochs=99,2")
    assert any(line.endswith("is still running\n") for line in again.stdout)
    for _ in range(TRIES):  # between two tries, the worker runs the other point
        sweeps.until(lambda: sweeps.stages(99))
        (stage,) = sweeps.stages(99)
        (point,) = [process for process in stage.parents() if "prefect.engine" in process.cmdline()]
        point.kill()
        sweeps.until(lambda stage=stage: not stage.is_running(), 10)
    said = again.communicate()[0].splitlines()[-1]
    assert "1 of 2 points failed. The others are compared in reports/sweep. epochs-99-" in said
    assert "Crashed" in said
    assert len(sweeps.clones()) <= 1  # each point removes the clone that the one before it left


@pytest.mark.torture
def test_a_point_waits_for_remotes_that_do_not_answer_and_is_not_trained_again(sweeps):
    worker, origin = sweeps.worker(), sweeps.checkout.origin
    running = sweeps.start("flows.sweep", "train.epochs=8")
    sweeps.until(sweeps.stages)
    away = origin.rename(origin.with_name("away"))
    assert any("Retry 1/" in line for line in worker.stdout)
    away.rename(origin)
    assert any("Stage 'evaluate' is cached" in line for line in worker.stdout)
    assert running.communicate()[0].splitlines()[-1].startswith("sweep: 1 of 1 points ran")


@pytest.mark.torture
def test_a_sweep_that_is_stopped_stops_its_points(sweeps):
    sweeps.worker()
    running = sweeps.start("flows.sweep", "train.epochs=99,2")
    sweeps.until(sweeps.stages)
    running.send_signal(signal.SIGTERM)
    assert "Traceback" not in running.communicate()[0]
    sweeps.until(lambda: not sweeps.stages() and not sweeps.clones())
    assert sweeps.experiments() == []
