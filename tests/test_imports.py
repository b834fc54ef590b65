"""Who may import what: stages know only themselves, folders of pipelines/ import downwards only."""

import ast
import functools
import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
STAGES = sorted(path.parent.name for path in ROOT.glob("components/*/stage.py"))
# What each folder of pipelines/ may import beside itself.
BELOW = {
    "study": set(),
    "dvc": {"study"},
    "store": {"study", "dvc"},
    "kubernetes": set(),
    "pod": {"study", "dvc", "store", "kubernetes"},
    "kubeflow": {"study", "dvc", "store", "kubernetes"},
    "local": {"study", "dvc", "store", "kubeflow"},
}
# Which folders of pipelines/ may import a library.
DOORS = {
    "dvc": {"dvc"},
    "dvc_data": {"dvc"},
    "boto3": {"store"},
    "botocore": {"store"},
    "s3transfer": {"store"},
    "kfp": {"kubeflow"},
    "kfp_server_api": {"kubeflow"},
    "kubernetes": {"kubernetes", "kubeflow", "pod"},
}


@functools.cache
def imports(file):
    """The modules that a file imports, also within functions."""
    return list(_imports(file))


def _imports(file):
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def imports_of_folder(folder):
    """What the files of a folder import, as (file, module)."""
    for file in (ROOT / folder).rglob("*.py"):
        yield from ((file, name) for name in imports(file))


@pytest.mark.parametrize("component", [*STAGES, "dataset"])
def test_a_stage_imports_no_other_stage_and_no_kfp(component):
    for file, name in imports_of_folder(f"components/{component}"):
        if file.name == "component.py":
            continue
        parts = name.split(".")
        assert parts[0] not in ("kfp", "pipelines"), f"{file} imports {name}"
        if parts[0] == "components" and len(parts) > 1:
            others = {*STAGES, "dataset"} - {component}
            assert parts[1] not in others, f"{file} imports {name}"


# What stages share, and what of it each folder may import beside itself.
SHARED = {"runtime": set(), "formats": {"runtime"}, "language_model": {"runtime", "formats"}}


@pytest.mark.parametrize("folder", SHARED)
def test_what_stages_share_imports_no_stage(folder):
    for file, name in imports_of_folder(f"components/{folder}"):
        parts = name.split(".")
        if parts[0] == "components" and len(parts) > 1:
            assert parts[1] in {folder, *SHARED[folder]}, f"{file} imports {name}"


def test_every_folder_of_pipelines_has_its_place():
    folders = {each.parent.name for each in ROOT.glob("pipelines/*/__init__.py")}
    assert folders == BELOW.keys()
    modules = {each.name for each in ROOT.glob("pipelines/*.py")}
    assert modules == {"__init__.py", "__main__.py"}


@pytest.mark.parametrize("folder", BELOW)
def test_a_folder_imports_those_below_it_and_libraries_that_it_is_the_door_of(folder):
    for file, name in imports_of_folder(f"pipelines/{folder}"):
        parts = name.split(".")
        if parts[0] == "pipelines" and len(parts) > 1:
            assert parts[1] in {folder, *BELOW[folder]}, f"{file} imports {name}"
        doors = DOORS.get(parts[0], {folder})
        assert folder in doors, f"{file} imports {name}, as only {doors} may"


def test_no_class_name_is_defined_twice():
    folders = ("components", "pipelines", "benchmarks")
    code = "\n".join(each.read_text() for name in folders for each in (ROOT / name).rglob("*.py"))
    names = Counter(re.findall(r"^ *class (\w+)", code, re.MULTILINE))
    assert max(names.values()) == 1, names.most_common(3)
