import json

import numpy as np

from image_compressor import Codec
from tests.cli.commands import command


def test_info_accounts_for_every_byte(run, folder, tmp_path, capsys):
    run("compress", folder, "-o", tmp_path / "a.imgc")
    capsys.readouterr()
    run("info", tmp_path / "a.imgc", "--json")
    facts = json.loads(capsys.readouterr().out)
    assert facts["images"] == 3
    parts = [facts[f"bytes_{part}"] for part in ("header", "payloads", "index", "names")]
    assert sum(parts) == facts["bytes"] == (tmp_path / "a.imgc").stat().st_size
    assert min(parts) > 0
    run("info", tmp_path / "a.imgc")
    assert "images                  3" in capsys.readouterr().out


def test_info_shows_quality_and_codec_and_no_names_for_a_stack(
    run, exported, pictures, tmp_path, capsys
):
    np.save(tmp_path / "in.npy", pictures)
    run("compress", tmp_path / "in.npy", "-o", tmp_path / "a.imgc", "--quality", 7)
    capsys.readouterr()
    run("info", tmp_path / "a.imgc", "--json")
    facts = json.loads(capsys.readouterr().out)
    assert (facts["images"], facts["height"], facts["width"]) == (len(pictures), 16, 16)
    assert (facts["quality"], facts["bytes_names"]) == (7, 0)
    assert facts["codec"] == Codec.load(exported).identity.hex()


def test_the_list_has_every_name_in_the_form_for_only(run, archive, capsys):
    run("list", archive)
    assert capsys.readouterr().out.splitlines() == ["b.png", "c.tif", "class/a.bmp"]


def test_neither_needs_a_codec(archive, tmp_path):
    for name in ("list", "info"):
        result = command("-m", "image_compressor", name, archive, cwd=tmp_path)
        assert (result.returncode, result.stderr) == (0, "")
