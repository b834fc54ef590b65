"""Folders of pipelines/ import downwards only, and each library has one door."""

import ast

import pytest

from tests.conftest import ROOT

# What each folder may import beside itself.
BELOW = {
    "study": set(),
    "dvc": {"study"},
    "store": {"study", "dvc"},
    "pod": {"study", "dvc", "store"},
    "kubeflow": {"study", "dvc", "store"},
    "local": {"study", "dvc", "store", "kubeflow"},
}
# Who may import a library.
DOORS = {
    "dvc": {"dvc"},
    "dvc_data": {"dvc"},
    "boto3": {"store"},
    "botocore": {"store"},
    "s3transfer": {"store"},
    "kfp": {"kubeflow"},
    "kfp_server_api": {"kubeflow"},
    "kubernetes": {"kubeflow"},
}


def imports(folder):
    """The modules that the files of a folder import, also within functions."""
    for file in (ROOT / "pipelines" / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                yield from ((file, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield file, node.module
                yield from ((file, f"{node.module}.{alias.name}") for alias in node.names)


def test_every_folder_has_its_place():
    folders = {each.parent.name for each in ROOT.glob("pipelines/*/__init__.py")}
    assert folders == BELOW.keys()
    modules = {each.name for each in ROOT.glob("pipelines/*.py")}
    assert modules == {"__init__.py", "__main__.py"}


@pytest.mark.parametrize("folder", BELOW)
def test_a_folder_imports_those_below_it_only(folder):
    for file, name in imports(folder):
        parts = name.split(".")
        if parts[0] == "pipelines" and len(parts) > 1:
            assert parts[1] in {folder, *BELOW[folder]}, f"{file} imports {name}"


@pytest.mark.parametrize("folder", BELOW)
def test_a_library_has_one_door(folder):
    for file, name in imports(folder):
        doors = DOORS.get(name.partition(".")[0], {folder})
        assert folder in doors, f"{file} imports {name}, as only {doors} may"
