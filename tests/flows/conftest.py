import socket
import time

import numpy as np
import pytest
from PIL import Image

from flows.versions import registry
from flows.versions.repository import Repository
from image_compressor import InputError
from tests.flows.checkout import Checkout, run_here
from tests.flows.toy import Toy


@pytest.fixture
def toy(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    toy = Toy(tmp_path)
    yield toy
    for process in toy.started:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture(scope="package")  # not longer, because an idle server takes time too
def server():
    """The URL of a Prefect server."""
    from prefect.settings import get_current_settings
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=120):
        yield get_current_settings().api.url


@pytest.fixture(scope="package")
def scheduler(server):
    """The address of a Dask scheduler with two workers, each in its own process."""
    from distributed import LocalCluster

    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": ":0"}
    with LocalCluster(**options) as cluster:
        yield cluster.scheduler_address


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Twelve images."""
    directory, noise = tmp_path_factory.mktemp("images"), np.random.default_rng(0)
    for number in range(12):
        image = Image.fromarray(noise.integers(0, 256, (16, 16), np.uint8))
        image.save(directory / f"{number:02}.png")
    return directory


@pytest.fixture
def silent():
    """The address of a server that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:  # the kernel accepts
        yield "127.0.0.1:{1}".format(*server.getsockname())


@pytest.fixture
def checkout(request, tmp_path):
    """A checkout, in a directory named by the fixture's parameter, if any."""
    place = tmp_path / getattr(request, "param", "")
    place.mkdir(exist_ok=True)
    return Checkout(place)


@pytest.fixture
def dvc_here(monkeypatch):
    """Runs the DVC commands of repositories in this process, as starting DVC takes a second."""
    monkeypatch.setattr(Repository, "_supervised", run_here)


@pytest.fixture
def refused(checkout):
    """A function that promotes: it must fail with one line, in seconds, and change nothing."""

    def refused(number=9):
        before, local = checkout.published(), checkout.git("for-each-ref")
        started = time.monotonic()
        with pytest.raises(InputError) as error:
            registry.publish(checkout.repository, f"retrain/{number}", "why", better=True)
        assert time.monotonic() - started < 10
        assert (checkout.published(), checkout.git("for-each-ref")) == (before, local)
        assert "\n" not in str(error.value)
        return str(error.value)

    return refused
