import ast
import subprocess
import sys

import pytest

from image_compressor import InputError
from image_compressor.export.formats import FORMATS, ONE_SIZE
from image_compressor.ingest.sources import SOURCES
from image_compressor.model.losses import DIFFERENCES, SIMILARITIES
from tests.conftest import ROOT

REGISTRIES = [SOURCES, SIMILARITIES, DIFFERENCES, FORMATS]
FUNCTIONS = [["images"], ["measure"], ["measure"], ["write", "verify"]]  # of each module


@pytest.mark.parametrize("registry", REGISTRIES, ids=lambda registry: registry.parameter)
def test_an_unknown_name_is_answered_with_the_known_ones_and_the_file_that_registers_them(registry):
    with pytest.raises(InputError) as error:
        registry["none"]
    assert registry.parameter in str(error.value) and "\n" not in str(error.value)
    assert ", ".join(registry) in str(error.value)
    file = str(error.value).split(" registered in ")[1].removesuffix(".")
    assert all(f'"{name}"' in (ROOT / file).read_text() for name in registry)


@pytest.mark.parametrize(("registry", "functions"), [*zip(REGISTRIES, FUNCTIONS, strict=True)])
def test_each_name_is_a_module_beside_its_registration_with_the_functions_of_its_kind(
    registry, functions
):
    """Read, not imported: modules of formats load TensorFlow."""
    for name in registry:
        tree = ast.parse((ROOT / registry.package.replace(".", "/") / f"{name}.py").read_text())
        defined = {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}
        assert defined >= {*functions}, f"{name} lacks {functions}"


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
