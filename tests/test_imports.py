"""The arrows of the house, read from the imports."""

import ast
import os
import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT

MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in ("image_compressor", "tasks", "flows")
    for path in (ROOT / package).rglob("*.py")
}
# Modules that decide whether and how a stage writes, but not the content.
NO_DEPENDENCY = {
    "image_compressor.documents",
    "image_compressor.errors",
    "image_compressor.file_kinds",
    "image_compressor.files",
    "image_compressor.registry",
    "image_compressor.scratch",
    "tasks.parameters",
    "tasks.quiet",
    "tasks.stage",
    "tasks.together",
    "tasks.usage",
    "tasks.versions",
}

# Packages that show, check or transfer, and have no effect on results.
UNRECORDED = {"distributed", "dvc", "dvclive", "etils", "fsspec", "jinja2", "markupsafe"}
UNRECORDED |= {"flatbuffers", "platformdirs", "pydantic", "scmrepo", "threadpoolctl", "tqdm"}


def walk(node):
    """The nodes of a tree, except imports for type checkers."""
    if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
        yield node
        for child in ast.iter_child_nodes(node):
            yield from walk(child)


@cache
def imports(path: Path, project=True, types=False) -> set[str]:
    """The project's modules that a file imports, or the names of all others.

    With `types`, also the imports that are only for type checkers.
    """
    names, tree = set(), ast.parse(path.read_text())
    for node in ast.walk(tree) if types else walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "Registry":
            names |= registered(path, node)
    ours = names & MODULES.keys()
    return ours if project else {name.split(".")[0] for name in names}


def registered(path, call):
    """The modules that a Registry in the __init__ of their package imports when they are used."""
    package = ".".join(path.relative_to(ROOT).parent.parts)
    return {f"{package}.{arg.value}" for arg in call.args if isinstance(arg, ast.Constant)}


# The modules at the top of the package, which import none of its folders.
BELOW_ALL = ("cluster", "documents", "errors", "file", "parallel", "registry", "scratch", "storage")


def below(*packages: str) -> list[Path]:
    return [path for name, path in MODULES.items() if name.startswith(packages)]


@pytest.mark.parametrize(
    ("package", "allowed"),
    [
        ("images", ()),
        ("codec", ("images",)),
        ("data", ("images",)),
        ("ingest", ("images", "data")),
        ("model", ("images", "codec")),
        ("training", ("images", "codec", "data", "model")),
        ("evaluation", ("images", "codec", "data", "model")),
        ("watch", ("images", "codec")),
        ("export", ("images", "codec", "model", "evaluation", "watch")),
        ("report", ("images", "codec", "data", "model", "evaluation", "web")),
        ("web", ()),
        ("proposal", ("images", "codec", "data", "model", "training", "evaluation")),
        ("demo", ("images", "codec", "evaluation", "web")),
        ("sets", ("images", "codec")),
        ("cli", ("images", "codec", "sets", "demo", "watch")),
    ],
)
def test_packages_import_only_allowed_packages(package, allowed):
    prefixes = tuple(f"image_compressor.{name}" for name in (*BELOW_ALL, package, *allowed))
    for path in below(f"image_compressor.{package}"):
        assert all(name.startswith(prefixes) for name in imports(path) - {"image_compressor"}), path


def test_the_shipped_packages_need_no_training_library():
    ships = [f"image_compressor.{name}" for name in ("images", "codec", "sets", "watch", "cli")]
    for path in below(*ships):
        assert not imports(path, project=False) & {"keras", "tensorflow", "yaml", "pydantic"}, path


def test_the_library_knows_neither_the_pipeline_nor_its_parameters():
    for path in below("image_compressor"):
        others = {"prefect", "dvc", "gto", "scmrepo", "dvclive", "yaml", "tasks", "flows"}
        assert not imports(path, project=False) & others, path


def test_flows_reach_stages_only_through_dvc_and_stages_know_no_flow():
    for path in below("tasks"):
        assert not imports(path, project=False) & {"prefect", "flows"}, path
    for path in below("flows"):
        assert not any(name.startswith("tasks") for name in imports(path)), path


def test_the_model_is_keras_alone():
    """Keras can train it on any backend; TensorFlow serves determinism and leaves GPUs to JAX."""
    files = below("image_compressor.model", "image_compressor.training")
    users = {path.stem for path in files if "tensorflow" in imports(path, False)}
    assert users == {"training", "devices"}


def test_the_demo_needs_only_packages_of_its_extra():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = [*project["dependencies"], *project["optional-dependencies"]["report"]]
    names = {re.split("[^a-z0-9-]", requirement)[0].replace("-", "_") for requirement in declared}
    names = names - {"pillow"} | {"PIL", "image_compressor", *sys.stdlib_module_names}
    for name in closure("image_compressor.demo.server") | closure("image_compressor.demo.samples"):
        assert imports(MODULES[name], project=False) <= names, name


def test_there_are_no_cycles_not_even_for_type_checkers():
    seen, open_ = set(), []

    def visit(name):
        assert name not in open_, f"cycle: {open_} {name}"
        if name not in seen:
            open_.append(name)
            for imported in imports(MODULES[name], types=True) - {name, "image_compressor"}:
                visit(imported)
            seen.add(open_.pop())

    for name in MODULES:
        visit(name)


def closure(name: str) -> set[str]:
    """The modules that a stage runs, except the packages' own __init__."""
    found: set[str] = set()
    queue = [name]
    while queue:
        name = queue.pop()
        if name not in found | NO_DEPENDENCY:
            found.add(name)
            queue += imports(MODULES[name])
    return {name for name in found if MODULES[name].name != "__init__.py"}


STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]


@pytest.mark.parametrize("stage", STAGES)
def test_the_code_a_stage_depends_on_is_the_code_it_imports(stage):
    declared = STAGES[stage]["deps"]
    code = [dep for dep in declared if dep.startswith(("image_compressor", "tasks"))]
    files = {str(MODULES[name].relative_to(ROOT)) for name in closure(f"tasks.{stage}")}
    covered = {file for file in files for dep in code if file == dep or file.startswith(f"{dep}/")}
    assert files == covered, "imported and not declared"
    for dep in code:
        assert any(file == dep or file.startswith(dep + os.sep) for file in files), (
            f"{dep} is not used"
        )


@pytest.mark.parametrize(
    "file", ["codec/coder.py", "codec/file/container.py", "images/tiff.py", "report/page.py"]
)
def test_what_training_does_not_use_does_not_train_again(file):
    path = f"image_compressor/{file}"
    assert (ROOT / path).exists()
    assert not any(path == dep or path.startswith(f"{dep}/") for dep in STAGES["train"]["deps"])


@pytest.mark.parametrize("stage", STAGES)
def test_the_versions_a_stage_depends_on_are_those_of_the_packages_it_imports(stage):
    names = {
        name for module in closure(f"tasks.{stage}") for name in imports(MODULES[module], False)
    }
    names -= {*sys.stdlib_module_names, "image_compressor", "tasks", *UNRECORDED}
    found = packages_distributions()
    packages = {found[name][0].lower() for name in names}
    declared = [params for params in STAGES[stage].get("params", []) if isinstance(params, dict)]
    wanted = [{"versions.yaml": sorted(packages)}] if packages else []
    assert declared == wanted, f"the versions that stage {stage} names in dvc.yaml"
