"""The content of `pip install image-compressor`: the codec, without TensorFlow."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from email.parser import Parser
from pathlib import Path

import numpy as np
import pytest

from image_compressor import Codec
from image_compressor.codec import exported
from tests.conftest import ROOT, STORE
from tests.photographs import picture

MEBIBYTE, MEGABYTE = 2**20, 10**6
# Messages of uv when it cannot reach an index.
UNREACHABLE = re.compile("Failed to fetch|error sending request|network was disabled|dns error")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    directory = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", directory]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = directory.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def environment(wheel, tmp_path_factory):
    """A new environment with the wheel and its dependencies, in the versions of the lock."""
    directory = tmp_path_factory.mktemp("empty") / "environment"
    variables = {**os.environ, "VIRTUAL_ENV": str(directory)}

    def uv(*arguments):
        command = [Path(sys.executable).parent / "uv", *arguments]
        return subprocess.run(command, env=variables, capture_output=True, text=True, check=False)

    assert not uv("venv", "--python", sys.executable, directory).returncode
    installed = uv("pip", "install", "--constraint", ROOT / "requirements.lock", wheel)
    if installed.returncode and UNREACHABLE.search(installed.stderr):
        pytest.skip(f"uv cannot reach a package index: {installed.stderr.splitlines()[0]}")
    assert not installed.returncode, installed.stderr
    return directory


def test_a_wheel_has_all_of_the_package_and_the_released_codecs(wheel):
    expected = {
        str(Path("image_compressor") / path.relative_to(root))
        for root, top in ((ROOT / "image_compressor", ""), (ROOT / "models", "released"))
        for path in (root / top).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert "image_compressor/released/digits/decoder.tflite" in expected
    assert "image_compressor/web/style.css" in expected
    names = zipfile.ZipFile(wheel).namelist()
    assert {name for name in names if ".dist-info/" not in name} == expected
    assert wheel.stat().st_size <= 17 * MEBIBYTE


def test_training_libraries_are_extras(wheel):
    archive = zipfile.ZipFile(wheel)
    (metadata,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
    fields = Parser().parsestr(archive.read(metadata).decode())
    assert {*fields.get_all("Provides-Extra")} == {"train", "devices", "report", "flow"}
    needed = [line for line in fields.get_all("Requires-Dist") if "extra ==" not in line]
    names = {re.match(r"[\w-]+", line)[0].lower() for line in needed}
    assert names == {
        *("numpy", "pillow", "constriction", "ai-edge-litert", "backports-strenum", "tqdm"),
        *("fsspec", "tifffile", "imagecodecs", "simplejpeg", "flatbuffers", "threadpoolctl"),
        "platformdirs",
    }


@pytest.mark.slow
def test_it_takes_250_megabytes_without_tensorflow(environment):
    """The limit holds for the packages' files, without compiled bytecode."""
    (packages,) = environment.glob("lib/python*/site-packages")
    names = {path.name for path in packages.iterdir()}
    assert {"image_compressor", "numpy", "ai_edge_litert"} < names
    assert not names & {"tensorflow", "keras", "onnx", "matplotlib", "dvc", "prefect", "scipy"}
    files = [path for path in packages.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert sum(path.stat().st_size for path in files) <= 250 * MEGABYTE


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [*exported.names(), "exported", pytest.param("project", marks=pytest.mark.torture)]
)
def test_it_writes_and_reads_the_same_as_the_whole_environment(
    environment, digits, pictures, tmp_path, request, name
):
    images, source = digits, name
    if name.startswith("photo"):
        images = np.stack([picture(70, 90, seed=seed) for seed in range(3)])
    if name == "exported":
        images, source = pictures, request.getfixturevalue("exported")
    if name == "project":
        source = request.getfixturevalue("project").directory / "models/exported"
    np.save(tmp_path / "images.npy", images)

    def run(*arguments):
        command = [environment / "bin/image-compressor", *arguments, "--codec", source]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True)

    run("compress", "images.npy", "-o", "images.imgc", "--quality", "60")
    run("decompress", "images.imgc", "-o", "decoded.npy")
    codec, data = Codec.load(source), (tmp_path / "images.imgc").read_bytes()
    assert data == codec.compress(images, quality=60)
    assert np.array_equal(np.load(tmp_path / "decoded.npy"), codec.decompress(data))
    if name == "exported":  # which it has nowhere: not in a store, either
        source = tmp_path / "copy"
        shutil.copytree(request.getfixturevalue("exported"), source)
        run("compress", "images.npy", "-o", "embedded.imgc", "--embed")
        shutil.rmtree(source), shutil.rmtree(STORE.name, ignore_errors=True)
        command = [environment / "bin/image-compressor", "decompress", "embedded.imgc"]
        subprocess.run([*command, "-o", "again.npy"], cwd=tmp_path, check=True)
        assert np.load(tmp_path / "again.npy").shape == images.shape
