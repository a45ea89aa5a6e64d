import gc
import os
import re
import shutil
import signal
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import absl.logging
import hypothesis
import numpy as np
import pytest
from filelock import FileLock

from tasks import light

light.tensorflow()
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
os.environ["DVC_NO_ANALYTICS"] = "1"
# The stage export begins its process anew without it, and so it would end pytest.
os.environ.setdefault("PYTHONHASHSEED", "0")

# The user's own store of codecs is not for tests.
STORE = tempfile.TemporaryDirectory()
os.environ["IMAGE_COMPRESSOR_CODECS"] = STORE.name

# Prefect closes the logging handlers that it finds, and absl's handler would then close the stream
# that pytest substitutes for stderr.
absl.logging.get_absl_handler().python_handler.stream = sys.__stderr__

if "PYTEST_XDIST_WORKER" in os.environ:  # the workers use all cores together
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, "1")

# A busy machine is slow, which is no failure.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

ROOT = Path(__file__).parents[1]
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

# A background job, or one under nohup, ignores some of them, and every process that the tests start
# would inherit that.
for number in ENDING:
    if signal.getsignal(number) == signal.SIG_IGN:
        heard = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
        signal.signal(number, heard)


# Tests that share a fixture that takes long: Prefect's server (three times, so that each worker has
# some), the results of tests/report, or the pipeline of `project`.
SHARED = re.compile(
    "tests/(?:(?P<processes>flows/(?:running|sweeps))"
    "|(?P<versions>flows/(?:versions|test_[q-z]))"
    "|(?P<flows>flows)"
    "|(?P<report>report/test_[er])"
    "|(?P<project>report/test_project|tasks/test_no_writing|test_pipeline|test_readme))"
)
LONG = re.compile("tests/(flows|report|export|training|tasks/test_no_writing|test_[a-z_]+.py)")


def pytest_collection_modifyitems(items):
    """Begins with files that take long, so that no worker is left with one at the end."""
    items.sort(key=lambda item: not LONG.match(item.nodeid))


def pytest_collection_finish():
    """Leaves what is imported by now out of garbage collection.

    TensorFlow collects at each export, which takes a third of a second for each million objects.
    """
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Gives whole files to workers, and those that share such a fixture to the same one.

    The marks of `--dist loadgroup` do nothing in xdist 3.8 with pytest 9.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            shared = SHARED.match(nodeid)
            return shared.lastgroup if shared else nodeid.split("::")[0]

    config.option.loadscopereorder = False
    return ByFile(config, log)


@pytest.fixture(autouse=True)
def ctrl_c_is_pytests():
    """Restores pytest's signal handlers: a command run in this process replaces them."""
    before = {number: signal.getsignal(number) for number in ENDING}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def config(shape=(16, 16, 1)):
    """A model.json in the reference design's form, small enough to train in a test."""
    return {
        "name": "tiny",
        "layers": {
            "inputs": [{"Input": {"shape": list(shape), "name": "Input_Layer"}}],
            "generator": {
                "name": "Generator",
                "layers": {
                    "encoder": {
                        "name": "Encoder",
                        "layers": [
                            {"Conv2D": {"filters": 4, "kernel_size": 3, "strides": 4}},
                            {"LeakyReLU": {"negative_slope": 0.1}},
                            {"Flatten": {}},
                            {"Dense": {"units": None, "name": "compressed_representation"}},
                        ],
                    },
                    "decoder": {
                        "name": "Decoder",
                        "layers": [
                            {"Dense": {"units": 32, "activation": "leaky_relu"}},
                            {"Dense": {"units": int(np.prod(shape))}},
                            {"Reshape": {"target_shape": list(shape)}},
                        ],
                    },
                },
            },
        },
    }


@pytest.fixture(scope="session")
def digits():
    """A sample of 200 real digits, uint8 [200, 28, 28]."""
    from image_compressor.ingest.sources import digits, sample

    return np.stack([image.content for image in sample(digits.images(), 200)])


@pytest.fixture
def in_threads(monkeypatch):
    """Ingests and prepares images in threads, as starting a process takes a second."""
    from image_compressor.data import preparation
    from image_compressor.ingest import ingestion

    for module in (ingestion, preparation):
        monkeypatch.setattr(module, "processes", lambda: ThreadPoolExecutor(2))


@pytest.fixture(scope="session")
def compressor():
    """An untrained ImageCompressor for 16x16 grey images: 6 latents with about ten symbols each."""
    import keras

    from image_compressor.model.compressor import ImageCompressor

    keras.utils.set_random_seed(0)
    compressor = ImageCompressor(config(), 6)
    latents = compressor.generator.encoder.layers[-1]
    latents.kernel.assign(20 * latents.kernel)
    return compressor


@pytest.fixture(scope="session")
def qualities(compressor):
    """The tables frozen from `compressor`."""
    from image_compressor.training.freezing import freeze

    return freeze(compressor)


@pytest.fixture(scope="session")
def once(tmp_path_factory):
    """A function that returns a directory, which the first worker that needs it writes."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def once(name, write):
        with FileLock(shared / f"{name}.lock"):
            if not (shared / name).exists():
                write(shared / name)
        return shared / name

    return once


@pytest.fixture(scope="session")
def exported(request, once):
    """The directory of the codec exported from `compressor`."""
    from image_compressor.export import Exporter

    def write(directory):
        exporter = Exporter(*map(request.getfixturevalue, ("compressor", "qualities")))
        exporter.export(directory, "full", {"data": "none"}, formats=["keras"])

    return once("exported", write)


@pytest.fixture(scope="session")
def photo_trained(once):
    """An ImageCompressor for RGB images of any size, with a hyperprior, and its tables."""
    from image_compressor.model import trained
    from image_compressor.training.freezing import freeze
    from tests.photographs import compressor, picture

    def write(directory):
        photographer = compressor()
        images = np.stack([picture(96, 80, seed=seed) for seed in range(8)])
        trained.save(photographer, freeze(photographer, images), directory)

    return trained.load(once("photo-trained", write))


@pytest.fixture(scope="session")
def photographer(photo_trained):
    return photo_trained[0]


@pytest.fixture(scope="session")
def photo_qualities(photo_trained):
    return photo_trained[1]


@pytest.fixture(scope="session")
def photo_codec(request, once):
    """The directory of the codec exported from `photographer`, in all formats."""
    from image_compressor.export import Exporter

    def write(directory):
        exporter = Exporter(*request.getfixturevalue("photo_trained"))
        exporter.export(directory, formats=["keras", "onnx"])

    return once("photo-codec", write)


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    """A small copy of the project after a run of its pipeline."""
    from tests.project import STAGES, Project

    project = Project(tmp_path_factory.mktemp("project"))
    assert project.repro() == STAGES
    return project


@pytest.fixture(scope="module")  # while it is open, no other event loop can run
def chromium():
    """A headless browser."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        pytest.skip("There is no chromium on PATH: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium):
    """A browser page, 1280 wide; the test fails on a request elsewhere or a console error."""
    requests, errors = [], []
    with chromium.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.on("request", lambda request: requests.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda text: errors.append(text.text) if text.type == "error" else None)
        yield page
    near = ("http://127.0.0.1:", "file://", "data:", "blob:")
    assert not [url for url in requests if not url.startswith(near)]
    assert not errors


@pytest.fixture(scope="session")
def pictures():
    """Smooth uint8 images [40, 16, 16]."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:16, :16] / 16
    waves = [np.sin(a * x + b * y + c) for a, b, c in rng.uniform(0, 6, (40, 3))]
    return np.uint8(np.round(127.5 + 127.5 * np.stack(waves)))


@pytest.fixture(scope="session")
def storage():
    """The URL of an S3 server on the loopback interface."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.fixture
def bucket(storage, monkeypatch):
    """Settings of a DVC remote on S3, with the credentials in the environment."""
    import boto3

    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tester")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    boto3.client("s3", endpoint_url=storage, region_name="us-east-1").create_bucket(Bucket="codecs")
    return {"url": "s3://codecs/dvc", "endpointurl": storage}


@pytest.fixture
def object_storage(bucket, monkeypatch):
    """The address of that bucket, with its endpoint in the environment too."""
    from s3fs import S3FileSystem

    monkeypatch.setenv("AWS_ENDPOINT_URL", bucket["endpointurl"])
    S3FileSystem.clear_instance_cache()  # it caches earlier credentials
    return "s3://codecs"
