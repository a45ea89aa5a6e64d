import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request

import pytest
from PIL import Image

from image_compressor import cli


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_it_serves_until_it_is_interrupted_and_prints_no_traceback(tmp_path, number):
    command = [sys.executable, "-m", "image_compressor", "demo", "--codec", "digits"]
    with subprocess.Popen(
        [*command, "--port", "0", "--no-browser"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        # If these tests run as a background job of a shell, the signal is ignored.
    ) as process:
        try:
            (address,) = re.findall(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
            with urllib.request.urlopen(f"{address}/codec") as response:
                assert json.load(response)["name"] == "digits"
            process.send_signal(number)
            assert process.wait(20) == 128 + number
            assert "Traceback" not in process.stderr.read()
        finally:
            process.kill()


def refused(*arguments):
    with pytest.raises(SystemExit) as error:
        cli.main(["demo", "--no-browser", *map(str, arguments)])
    return str(error.value.code)


def test_a_port_in_use_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert f"Port {port} cannot be used" in refused("--codec", "digits", "--port", port)
    assert "a port of 0 to 65535" in refused("--codec", "digits", "--port", 70000)


def test_without_its_packages_it_names_the_extra_that_has_them(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("image_compressor.demo")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert "pip install 'image-compressor[report]'" in refused("--codec", "digits")


def test_a_directory_without_samples_is_refused(tmp_path):
    (tmp_path / "letter.png").write_text("To whom it may concern")
    assert "images that the codec digits accepts" in refused(
        "--codec", "digits", "--samples", tmp_path
    )
    assert "models/none" in refused("--codec", "models/none")


@pytest.fixture
def samples(monkeypatch):
    """A function that starts the demo without its server and counts the samples on its page."""
    from image_compressor.demo import server

    def samples(*arguments):
        apps = []
        monkeypatch.setattr(server, "serve", lambda app, *rest: apps.append(app))
        cli.main(["demo", "--codec", "digits", "--no-browser", *map(str, arguments)])
        return sum(getattr(route, "path", "").startswith("/samples/") for route in apps[0].routes)

    return samples


def test_the_default_directory_of_samples_is_optional(samples, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert samples() == 0
    (tmp_path / "data/raw/images").mkdir(parents=True)
    assert samples() == 0
    (tmp_path / "data/raw/images/letter.png").write_text("To whom it may concern")
    assert samples() == 0


def test_broken_links_and_pipes_are_not_samples(samples, tmp_path):
    """Reading a pipe would never end."""
    Image.new("L", (28, 28)).save(tmp_path / "digit.png")
    (tmp_path / "link.png").symlink_to(tmp_path / "nothing.png")
    os.mkfifo(tmp_path / "pipe.png")
    assert samples("--samples", tmp_path) == 1
