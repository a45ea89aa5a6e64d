import subprocess
import sys
import zipfile

from image_compressor.web import assets
from tests.conftest import ROOT


def test_every_module_is_in_the_map_and_none_is_large():
    imports = assets.import_map()["imports"]
    assert imports.keys() == {f"imgc/{path.name}" for path in assets.WEB.glob("*.js")}
    assert sum(map(len, imports.values())) < 100_000


def test_a_wheel_has_the_modules_and_the_page(tmp_path):
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    for directory in ("web", "demo/page"):
        for path in (ROOT / "image_compressor" / directory).glob("*.*"):
            assert f"image_compressor/{directory}/{path.name}" in names
