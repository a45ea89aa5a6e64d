"""check: everything is decoded, and compared with its originals."""

import csv
import io
import json

import numpy as np
import pytest
from PIL import Image

from image_compressor import Codec
from image_compressor.codec.guard.floors import similarities
from image_compressor.images import decoding
from tests.cli.commands import damage


def test_a_whole_file_is_right(run, archive, capsys):
    run("check", archive)
    assert "3 images, every checksum is right" in capsys.readouterr().out


def test_a_damaged_file_is_refused(refused, archive):
    archive.write_bytes(damage(archive.read_bytes(), 40))
    assert "damaged" in refused("check", archive)


@pytest.mark.parametrize("partitions", [None, 2])
def test_each_image_is_compared_with_its_original(
    run, exported, folder, tmp_path, capsys, partitions
):
    several = [] if partitions is None else ["--partitions", partitions]
    run("compress", folder, "-o", tmp_path / "out", *several)
    capsys.readouterr()
    run("check", tmp_path / "out", "--against", folder, "--json")
    rows = json.loads(capsys.readouterr().out)
    run("decompress", tmp_path / "out", "-o", tmp_path / "back")
    assert [row["name"] for row in rows] == ["b.png", "c.tif", "class/a.bmp"]
    for row in rows:
        decoded, original = (
            decoding.read(where / row["name"])[None, ..., None]
            for where in (tmp_path / "back", folder)
        )
        assert row["ssim"] == pytest.approx(similarities(original, decoded)[0], abs=1e-4)
        error = np.square((original.astype(float) - decoded) / 255).mean()
        assert row["psnr"] == pytest.approx(10 * np.log10(1 / error), abs=0.01)
        assert 0 <= row["colour"] < 100 and row["ssimulacra2"] <= 100


def test_the_table_has_the_mean_and_the_worst(run, archive, folder, capsys):
    run("check", archive, "--against", folder)
    said = capsys.readouterr().out
    assert "3 images, every checksum is right" in said
    assert [line.split()[0] for line in said.splitlines()[2:6]] == [
        "ssim",
        "psnr",
        "colour",
        "ssimulacra2",
    ]
    assert said.count("PSNR") == 3


def test_csv_has_a_row_for_each(run, archive, folder, capsys):
    run("check", archive, "--against", folder, "--csv")
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["name"] for row in rows] == ["b.png", "c.tif", "class/a.bmp"]


def test_originals_that_are_missing_on_either_side_are_named(refused, run, archive, folder):
    Image.new("L", (16, 16)).save(folder / "new.png")
    assert "no image new.png" in refused("check", archive, "--against", folder)
    (folder / "new.png").unlink()
    (folder / "b.png").unlink()
    assert "none: b.png" in refused("check", archive, "--against", folder)


def test_a_directory_of_other_images_is_refused(refused, archive, folder):
    Image.new("L", (17, 16)).save(folder / "b.png")
    assert "b.png is 16x16, and its original 17x16" in refused(
        "check", archive, "--against", folder
    )


def test_a_single_image_is_compared_with_a_file(run, exported, folder, tmp_path, capsys):
    run("compress", folder / "b.png", "-o", tmp_path / "b.imgc")
    capsys.readouterr()
    run("check", tmp_path / "b.imgc", "--against", folder / "b.png", "--json")
    (row,) = json.loads(capsys.readouterr().out)
    decoded = Codec.load(exported).decompress((tmp_path / "b.imgc").read_bytes())[0]
    original = decoding.read(folder / "b.png")
    pair = original[None, ..., None], decoded[None, ..., None]
    assert row["ssim"] == pytest.approx(similarities(*pair)[0], abs=1e-4)


def test_without_names_there_is_nothing_to_compare_by(refused, run, tmp_path, folder, pictures):
    np.save(tmp_path / "a.npy", pictures[:3])
    run("compress", tmp_path / "a.npy", "-o", tmp_path / "a.imgc")
    assert "only numbers" in refused("check", tmp_path / "a.imgc", "--against", folder)
