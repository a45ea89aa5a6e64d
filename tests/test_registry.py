import subprocess
import sys

import pytest

from image_compressor import InputError
from image_compressor.export.formats import FORMATS, ONE_SIZE
from image_compressor.ingest.sources import SOURCES
from image_compressor.model.losses import DIFFERENCES, SIMILARITIES
from tests.conftest import ROOT

REGISTRIES = [SOURCES, SIMILARITIES, DIFFERENCES, FORMATS]


@pytest.mark.parametrize("registry", REGISTRIES, ids=lambda registry: registry.parameter)
def test_an_unknown_name_is_answered_with_the_known_ones_and_the_file_that_registers_them(registry):
    with pytest.raises(InputError) as error:
        registry["none"]
    assert registry.parameter in str(error.value) and "\n" not in str(error.value)
    assert ", ".join(registry) in str(error.value)
    file = str(error.value).split(" registered in ")[1].removesuffix(".")
    assert all(f'"{name}"' in (ROOT / file).read_text() for name in registry)


@pytest.mark.parametrize("registry", REGISTRIES, ids=lambda registry: registry.parameter)
def test_each_name_is_a_module_beside_its_registration(registry):
    for name in registry:
        assert (ROOT / registry.package.replace(".", "/") / f"{name}.py").is_file()


def test_formats_for_one_size_are_formats():
    assert {*ONE_SIZE} <= {*FORMATS}


def test_names_are_checked_before_anything_heavy_is_imported():
    """A wrong parameter of any stage is refused at once by every stage."""
    program = (
        "import sys; from tasks import stage, export, ingest, train\n"
        "from image_compressor.ingest import sources\n"
        "[sources.SOURCES[name] for name in sources.SOURCES]\n"
        "print(sorted({'keras', 'tensorflow', 'tensorflow_datasets', 'mlxtend'} & {*sys.modules}))"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert run.stdout == "[]\n", run.stderr
