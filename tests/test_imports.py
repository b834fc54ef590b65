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
    "pod": {"study", "dvc", "store"},
    "kubeflow": {"study", "dvc", "store"},
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
    "kubernetes": {"kubeflow", "pod"},
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
            assert parts[1] == component or parts[1] not in (*STAGES, "dataset"), (
                f"{file} imports {name}"
            )


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
def test_a_folder_imports_those_below_it_only(folder):
    for file, name in imports_of_folder(f"pipelines/{folder}"):
        parts = name.split(".")
        if parts[0] == "pipelines" and len(parts) > 1:
            assert parts[1] in {folder, *BELOW[folder]}, f"{file} imports {name}"


@pytest.mark.parametrize("folder", BELOW)
def test_a_library_has_one_door(folder):
    for file, name in imports_of_folder(f"pipelines/{folder}"):
        doors = DOORS.get(name.partition(".")[0], {folder})
        assert folder in doors, f"{file} imports {name}, as only {doors} may"


def test_no_class_name_is_defined_twice():
    files = [
        each
        for folder in ("components", "pipelines", "benchmarks")
        for each in (ROOT / folder).rglob("*.py")
    ]
    names = Counter(
        name for each in files for name in re.findall(r"^ *class (\w+)", each.read_text(), re.M)
    )
    assert names
    assert not [name for name, count in names.items() if count > 1]
