"""Fetching codecs from a small project with two remotes."""

import importlib
import socket
import time

import pytest

from flows.versions import registry
from flows.versions.repository import Repository
from image_compressor import Codec
from tests.cli.commands import command
from tests.flows.checkout import Checkout, run_here

fetch = importlib.import_module("image_compressor.cli.fetch")  # a function has the same name


@pytest.fixture(scope="module")
def project(exported, tmp_path_factory):
    """A project with two versions, of which 2 is promoted."""
    checkout = Checkout(tmp_path_factory.mktemp("project"), exported)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Repository, "_supervised", run_here)  # starting DVC takes a second
        checkout.promote(1), checkout.promote(2)
    return checkout


def names(directory):
    return [path.name for path in directory.iterdir()]


def card(directory):
    return (directory / "card.json").read_text()


def test_the_promoted_codec_is_fetched_to_the_byte(project, run, exported, pictures, tmp_path):
    run("fetch", "codec", "--from", project.origin, "-o", tmp_path / "new/codec")
    assert card(tmp_path / "new/codec") == '{"number": 2}'
    for file in exported.glob("*.[tk]*"):
        assert (tmp_path / "new/codec" / file.name).read_bytes() == file.read_bytes()
    assert names(tmp_path / "new") == ["codec"]
    written = [Codec.load(path).compress(pictures) for path in (tmp_path / "new/codec", exported)]
    assert written[0] == written[1]


def test_a_version_is_fetched_from_a_checkout(project, run, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(project.path)
    run("fetch", "codec", "--rev", "v0.0.1", "-o", tmp_path / "codec")
    assert card(tmp_path / "codec") == '{"number": 1}'
    assert Codec.load(tmp_path / "codec").identity.hex() in capsys.readouterr().out


def test_after_a_roll_back_the_previous_version_is_fetched(exported, run, tmp_path, monkeypatch):
    monkeypatch.setattr(Repository, "_supervised", run_here)
    checkout = Checkout(tmp_path, exported)
    checkout.promote(1), checkout.promote(2)
    registry.roll_back(checkout.repository)
    run("fetch", "codec", "--from", checkout.origin, "-o", tmp_path / "codec")
    assert card(tmp_path / "codec") == '{"number": 1}'


def test_an_existing_directory_is_replaced_only_with_force(project, run, refused, tmp_path):
    output = tmp_path / "codec"
    output.mkdir()
    (output / "old").touch()
    arguments = ("fetch", "codec", "--from", project.origin, "-o", output)
    assert "--force" in refused(*arguments)
    assert names(output) == ["old"]
    run(*arguments, "--force")
    assert "old" not in names(output)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["codecs"], "Unable to find artifact 'codecs @ prod'"),
        (["codec", "--stage", "test"], "Unable to find artifact 'codec @ test'"),
        (["codec", "--rev", "v9.0.0"], "Unable to find artifact 'codec @ v9.0.0'"),
        (["--", "--version"], "Unable to find artifact"),
        (["codec", "--from", "/nowhere"], "No git repository was found at /nowhere"),
        (["codec", "--from", "http://127.0.0.1:9/x.git"], "127.0.0.1"),
    ],
)
def test_a_missing_codec_is_an_error_of_one_line_within_seconds(
    project, refused, tmp_path, arguments, message
):
    started = time.monotonic()
    source = [] if "--from" in arguments else ["--from", project.origin]
    assert message in refused("fetch", "-o", tmp_path / "codec", *source, *arguments)
    assert time.monotonic() - started < 10
    assert names(tmp_path) == []


@pytest.mark.parametrize("scheme", ["http", "git"])
def test_a_project_that_never_answers_is_an_error_of_one_line(
    refused, tmp_path, monkeypatch, scheme
):
    monkeypatch.setattr(fetch, "ANSWER", 1)
    with socket.create_server(("127.0.0.1", 0)) as server:  # the kernel accepts
        source = "{}://{}:{}/x.git".format(scheme, *server.getsockname())
        said = refused("fetch", "codec", "--from", source, "-o", tmp_path / "codec")
    assert "did not answer within 1 seconds" in said
    assert names(tmp_path) == []


def test_a_storage_that_lost_the_codec_leaves_the_old_one(exported, refused, tmp_path):
    checkout = Checkout(tmp_path / "project", exported)
    checkout.promote(1)
    (tmp_path / "project/storage").rename(tmp_path / "project/lost")
    (tmp_path / "codec").mkdir()
    (tmp_path / "codec/old").touch()
    source = ("--from", checkout.origin)
    refused("fetch", "codec", *source, "-o", tmp_path / "codec", "--force")
    assert names(tmp_path / "codec") == ["old"]


def test_without_dvc_the_error_says_so(refused, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    assert "command dvc is not installed" in refused("fetch", "codec", "-o", tmp_path / "codec")


def test_as_a_command_only_the_line_is_printed(project, tmp_path):
    arguments = ("fetch", "codec", "--from", project.origin, "-o", tmp_path / "codec")
    done = command("-m", "image_compressor", *arguments)
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)


def test_dvc_is_not_imported():
    script = "import sys, image_compressor.cli; assert not {'dvc', 'gto'} & {*sys.modules}"
    assert command("-c", script).returncode == 0
