"""Files that outlive their codec: the store, embedded codecs, and versions of the project."""

import importlib
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from image_compressor import Codec, Collection, cli
from image_compressor.codec import exported, finding, store
from tests.cli.commands import command
from tests.flows.checkout import Checkout


@pytest.fixture(autouse=True)
def own_store(tmp_path, monkeypatch):
    monkeypatch.setenv(store.VARIABLE, str(tmp_path / "store"))
    finding.find.cache_clear()


@pytest.fixture
def image_compressor(capsys):
    """A function that runs a command, and returns its lines."""

    def run(*arguments):
        cli.main([str(argument) for argument in arguments])
        return capsys.readouterr().out.splitlines()

    return run


@pytest.fixture
def mine(exported, tmp_path, monkeypatch):
    """A directory with a codec of its own in models/exported, which is the current one."""
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    shutil.copytree(exported, "models/exported")
    return tmp_path / "project"


def same(folder, back):
    """Whether the same images are in two directories, by their names and sizes."""
    names = {path.relative_to(folder).with_suffix("") for path in folder.rglob("*.*")}
    return names == {path.relative_to(back).with_suffix("") for path in back.rglob("*.*")}


def test_a_file_is_read_after_its_codec_was_replaced(image_compressor, mine, folder, tmp_path):
    image_compressor("compress", folder, "-o", "a.imgc")
    image_compressor("compress", folder, "-o", "set", "--partitions", 2)
    shutil.rmtree("models")
    shutil.copytree(exported.find("digits"), "models/exported")
    for written in ("a.imgc", "set"):
        image_compressor("decompress", written, "-o", tmp_path / Path(written).stem)
        assert same(folder, tmp_path / Path(written).stem)
        image_compressor("check", written)
    with Collection(None, "set") as collection:
        assert len(collection) == 3


def test_an_embedded_codec_needs_neither_store_nor_project(
    image_compressor, mine, folder, tmp_path, monkeypatch
):
    image_compressor("compress", folder, "-o", "a.imgc", "--embed")
    image_compressor("compress", folder, "-o", "set", "--partitions", 2, "--embed")
    image_compressor("decompress", "a.imgc", "-o", tmp_path / "with")
    shutil.rmtree("models"), shutil.rmtree(tmp_path / "store")
    monkeypatch.setenv(store.VARIABLE, "")
    finding.find.cache_clear()
    for written in ("a.imgc", "set"):
        back = tmp_path / Path(written).stem
        image_compressor("decompress", written, "-o", back)
        assert same(folder, back)
        for path in (tmp_path / "with").rglob("*.png"):
            again = back / path.relative_to(tmp_path / "with")
            assert np.array_equal(Image.open(path), Image.open(again))
    assert "embedded                True" in image_compressor("info", "a.imgc")
    assert "embedded                True" in image_compressor("info", "set")


def test_a_codec_that_is_gone_is_an_error_that_names_it(mine, folder, monkeypatch, capsys):
    monkeypatch.setenv(store.VARIABLE, "")
    cli.main(["compress", str(folder), "-o", "a.imgc"])
    identity = Codec.load("models/exported").identity.hex()
    shutil.rmtree("models")
    for arguments in (["decompress", "a.imgc", "-o", "back"], ["check", "a.imgc"]):
        with pytest.raises(SystemExit, match=f"fetch codec --id {identity} --from PROJECT"):
            cli.main(arguments)


def test_the_store_is_listed_shown_copied_and_emptied(image_compressor, mine, folder, tmp_path):
    assert "has no codecs" in image_compressor("codecs", "list")[0]
    image_compressor("compress", folder, "-o", "a.imgc")
    image_compressor("codecs", "add", "digits")
    lines = image_compressor("codecs", "list")
    identities = [Codec.load(name).identity.hex() for name in ("digits", "models/exported")]
    assert sorted(line[:8] for line in lines) == sorted(identities)
    digits = identities[0]
    assert any("28x28" in line or "digits" in line for line in image_compressor("codecs", "list"))
    assert f"id                      {digits}" in image_compressor("codecs", "show", digits)[0]
    image_compressor("codecs", "export", digits, "-o", tmp_path / "copy")
    assert exported.read(tmp_path / "copy") == exported.read(exported.find("digits"))
    assert image_compressor("codecs", "prune", "--days", 1) == []
    assert "removed" in image_compressor("codecs", "remove", digits)[0]
    assert len(image_compressor("codecs", "list")) == 1


def test_a_version_of_the_project_is_fetched_by_its_id(
    image_compressor, mine, folder, tmp_path, monkeypatch
):
    checkout = Checkout(tmp_path / "versions", mine / "models/exported")
    checkout.promote(1)
    checkout.promote(2)
    checkout.dvc("gc", "--all-tags", "--cloud", "--force")
    image_compressor("compress", folder, "-o", "a.imgc")
    image_compressor("compress", folder, "-o", "set", "--partitions", 2)
    identity = Codec.load("models/exported").identity.hex()
    shutil.rmtree("models"), shutil.rmtree(tmp_path / "store")
    fetch = ("fetch", "codec", "--from", checkout.origin)
    assert "v0.0.2" in image_compressor(*fetch, "--for", "set")[0]
    shutil.rmtree(tmp_path / "store")
    line = image_compressor(*fetch, "--for", "a.imgc")[0]
    assert identity in line
    assert "v0.0.2" in line, "the newest with this codec"
    image_compressor(*fetch, "--rev", "v0.0.1")
    image_compressor("decompress", "a.imgc", "-o", "back")
    shutil.rmtree(tmp_path / "store"), finding.find.cache_clear()
    monkeypatch.chdir(checkout.path)
    shutil.rmtree("models")
    with pytest.raises(SystemExit, match=r"v0\.0\.2 of this project has it. Add --fetch"):
        image_compressor("decompress", mine / "a.imgc", "-o", tmp_path / "again")
    image_compressor("decompress", mine / "a.imgc", "-o", tmp_path / "again", "--fetch")
    assert same(folder, tmp_path / "again")
    with pytest.raises(SystemExit, match="with the id 00000000"):
        image_compressor("fetch", "codec", "--id", "00000000")
    with pytest.raises(SystemExit, match="8 to 64 hex digits"):
        image_compressor("fetch", "codec", "--id", "v0.0.1")


def test_a_new_process_reads_a_file_with_its_codec(image_compressor, mine, folder, tmp_path):
    image_compressor("compress", folder, "-o", tmp_path / "a.imgc", "--embed")
    shutil.rmtree(tmp_path / "store")
    arguments = ("decompress", tmp_path / "a.imgc", "-o", tmp_path / "back")
    done = command("-m", "image_compressor", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert same(folder, tmp_path / "back")


def test_a_file_so_large_that_its_codec_hardly_counts_is_advised(
    image_compressor, mine, folder, monkeypatch
):
    module = importlib.import_module("image_compressor.cli.compress")
    advised = ("compress", folder, "-o", "a.imgc", "--force")
    assert not any("--embed" in line for line in image_compressor(*advised))
    monkeypatch.setattr(module, "LARGE", 0)
    monkeypatch.setattr(module, "EMBED", 1e9)
    assert any("--embed would" in line for line in image_compressor(*advised))
    assert not any("would" in line for line in image_compressor(*advised, "--embed"))
