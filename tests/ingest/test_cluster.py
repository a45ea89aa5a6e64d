"""The workers of a Dask cluster write the same files as this machine's cores."""

import os
import signal
import sys

import pytest

from image_compressor import InputError, cluster
from image_compressor.ingest import ingestion, sources
from image_compressor.storage import Place
from tests.ingest import bad_files
from tests.sets.conftest import contents

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def scheduler():
    """The address of a scheduler with two workers, each in its own process."""
    from distributed import LocalCluster

    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": ":0"}
    with LocalCluster(**options) as local:
        yield local.scheduler_address


@pytest.fixture
def directory(tmp_path):
    """A directory with splits, labels, duplicates, colliding names and a hundred bad files."""
    for number in range(60):
        path = tmp_path / "in" / ("train", "val", "test")[number % 3] / f"{number % 2}/{number}.tif"
        path.parent.mkdir(parents=True, exist_ok=True)
        bad_files.noise(number // 2, (16, 16)).save(path)
    for seed, name in enumerate(("a", "A", "a.png", "a.jpg.png", "a~.png")):
        path = tmp_path / "in" / name
        path.write_bytes(bad_files.file(bad_files.noise(100 + seed), "PNG"))
    return tmp_path / "in", bad_files.write(tmp_path / "in", "train/0/0.tif")


def both(source, tmp_path, scheduler, store=None):
    """Ingests here and on the cluster, with the same files; returns the counts of images."""
    limits = bad_files.MAX_PIXELS, 1, store
    here = ingestion.write(source, tmp_path / "here", *limits)
    with cluster.workers(scheduler) as workers:
        there = ingestion.write(source, tmp_path / "there", *limits, workers)
    assert here == there
    assert contents(tmp_path / "here") == contents(tmp_path / "there")
    return there


def test_the_same_files_and_tables(scheduler, directory, tmp_path):
    place, bad = directory
    counts = both(sources.find("directory", path=place), tmp_path, scheduler)
    assert counts["images"] == 35
    assert counts.total() == 65 + len(bad)


def test_the_same_of_images_in_memory(scheduler, tmp_path):
    assert both(sources.sample(sources.find("digits"), 300), tmp_path, scheduler)["images"] == 300


def test_from_object_storage_and_to_it(scheduler, object_storage, tmp_path):
    place = Place(f"{object_storage}/cluster")
    for number in range(9):
        content = bad_files.file(bad_files.noise(number // 2), "JPEG")
        place.put(f"{number % 2}/{number}.jpg", content[: 100 if number == 8 else None])
    source = sources.find("directory", path=str(place))
    store = Place(f"{object_storage}/store")
    with cluster.connected(scheduler) as client:  # the workers started without the credentials
        client.run(set_environment, {key: os.environ[key] for key in os.environ if "AWS" in key})
    assert both(source, tmp_path, scheduler, store)["images"] == 4
    assert len(store.find()) == 4


def test_a_directory_that_workers_do_not_have_is_refused(scheduler, tmp_path):
    with cluster.workers(scheduler) as workers:
        workers.check_shared(tmp_path)
        with pytest.raises(InputError, match=r"absent on every worker.*none on tcp://"):
            workers.check_shared(tmp_path / "absent")


def set_environment(values):
    os.environ.update(values)


def die(item):
    os.kill(os.getpid(), signal.SIGKILL)


def test_work_that_kills_its_workers_ends_in_a_line(tmp_path):
    import dask
    from distributed import LocalCluster

    options = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": ":0"}
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        LocalCluster(**options) as local,
        pytest.raises(InputError, match="KilledWorker") as error,
        cluster.workers(local.scheduler_address) as workers,
    ):
        workers.pool.submit(die, 1).result()
    assert "\n" not in str(error.value)


def test_without_dask_is_a_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    wanted = r"distributed.*image-compressor\[flow\]"
    with pytest.raises(InputError, match=wanted), cluster.workers("tcp://127.0.0.1:9"):
        pass
