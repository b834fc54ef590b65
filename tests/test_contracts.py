"""What every stage keeps to: one definition of what runs, and inputs that name its code."""

import importlib
import inspect
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from dvc.repo import Repo
from dvc.stage import PipelineStage
from ruamel.yaml import YAML

from pipelines.dvc.repo import open_repo
from pipelines.dvc.stage import DvcStage
from pipelines.dvc.workspace import lay_out
from pipelines.study.validation import outputs, read_study
from tests.test_imports import SHARED, imports

ROOT = Path(__file__).parents[1]
DEFINITION = YAML(typ="safe", pure=True).load((ROOT / "dvc.yaml").read_text())
RESOURCES = {
    name: YAML(typ="safe", pure=True).load((ROOT / name).read_text())["resources"]
    for name in ("params.yaml", "params.paper.yaml")
}
DECLARED = sorted(path.parent.name for path in ROOT.glob("components/*/component.py"))
FOLDERS = sorted(
    path.name
    for path in (ROOT / "components").iterdir()
    if path.is_dir() and path.name not in ("dataset", "__pycache__", *SHARED)
)
PARTS = {
    "__init__.py": "one line that says what goes in and what comes out",
    "__main__.py": 'from components.runtime.command_line import run; run("{name}")',
    "stage.py": "the stage's function, def {name}(*, ...)",
    "component.py": "its container on Kubernetes, {name} = stage_component(...)",
}


class Command(NamedTuple):
    """A stage of dvc.yaml with its parameters filled in."""

    component: str
    flags: dict[str, str]
    stage: PipelineStage


def commands():
    """Every command of dvc.yaml by its stage's name."""
    with Repo(str(ROOT)) as repo:
        for stage in filter(lambda each: each.cmd, repo.index.stages):
            python, dash_m, module, *flags = shlex.split(stage.cmd)
            assert (python, dash_m) == ("python", "-m")
            component = module.removeprefix("components.")
            yield stage.addressing, Command(component, by_flag(flags), stage)


def by_flag(words):
    """The values of each flag, joined by spaces."""
    flags = {}
    for word in words:
        if word.startswith("--"):
            flags[word] = []
        else:
            flags[list(flags)[-1]].append(word)
    return {flag: " ".join(values) for flag, values in flags.items()}


def places(found):
    """Paths of dependencies or outputs, relative to the repository."""
    return {os.path.relpath(each.fs_path, ROOT) for each in found}


COMMANDS = dict(commands())
every_command = pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)


@every_command
def test_a_command_gives_the_arguments_that_the_stage_takes(command):
    module = importlib.import_module(f"components.{command.component}.stage")
    parameters = inspect.signature(getattr(module, command.component)).parameters.values()
    assert all(parameter.kind is parameter.KEYWORD_ONLY for parameter in parameters)
    given = {flag.removeprefix("--").replace("-", "_") for flag in command.flags}
    required = {each.name for each in parameters if each.default is inspect.Parameter.empty}
    assert required <= given <= {parameter.name for parameter in parameters}


@every_command
def test_every_path_of_a_command_is_an_input_or_an_output(command):
    listed = places((*command.stage.deps, *command.stage.outs))
    for flag, value in command.flags.items():
        if value.startswith(("data/", "artifacts/")) or value.endswith(".yaml"):
            inside = any(
                place == value or place.startswith(f"{value}/") or value.startswith(f"{place}/")
                for place in listed
            )
            assert inside, f"{flag} {value} is neither among deps nor outs"


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_stage_has_all_its_parts(folder):
    missing = list(missing_parts(ROOT / "components" / folder))
    assert not missing, "\n".join([f"components/{folder} lacks", *missing])


def missing_parts(folder):
    """What a folder of a stage lacks, a line each."""
    name = folder.name
    for file, what in PARTS.items():
        if not (folder / file).is_file():
            yield f"{file}: {what.format(name=name)}"
    for file, function in (("stage.py", f"def {name}("), ("component.py", f"{name}")):
        if (folder / file).is_file() and function not in (folder / file).read_text():
            yield f"{file}: {PARTS[file].format(name=name)}"
    entries = [
        (stage, entry.get("do", entry))
        for stage, entry in DEFINITION["stages"].items()
        if f"python -m components.{name} " in entry.get("do", entry)["cmd"]
    ]
    if not entries:
        yield f"dvc.yaml: a stage that runs python -m components.{name}"
    for stage, entry in entries:
        if "title" not in entry.get("meta", {}):
            yield f"dvc.yaml: {stage}: meta: title"
        if "desc" not in entry:
            yield f"dvc.yaml: {stage}: desc"
        for file, rows in RESOURCES.items():
            if stage not in rows:
                yield f"{file}: resources: {stage}"


def formats_of(files):
    """What files import of components/formats, directly or not: modules and their templates."""
    found, waiting = set(), list(files)
    while waiting:
        for name in imports(waiting.pop()):
            file = ROOT / f"{name.replace('.', '/')}.py"
            if name.startswith("components.formats.") and file.is_file() and file not in found:
                found.add(file)
                waiting.append(file)
    found |= {each for file in found for each in file.parent.glob(f"{file.stem}.*.jinja")}
    return {file.relative_to(ROOT / "components").as_posix() for file in found}


@every_command
def test_the_code_that_decides_a_result_is_among_the_inputs(command):
    code = {
        Path(place).relative_to("components").as_posix()
        for place in places(command.stage.deps)
        if place.startswith("components")
    }
    files = (ROOT / "components" / command.component).rglob("*.py")
    computing = [file for file in files if file.name != "component.py"]  # .dvcignore leaves it out
    # components/runtime decides no result: a change of it makes none stale.
    folders = {command.component}
    if any(
        name.startswith("components.language_model.")
        for each in computing
        for name in imports(each)
    ):
        folders.add("language_model")
        computing += (ROOT / "components" / "language_model").glob("*.py")
    assert code == folders | formats_of(computing)


@pytest.mark.slow
def test_what_declares_a_component_and_its_resources_decides_no_result(tmp_path, monkeypatch):
    texts = {"params": (ROOT / "params.yaml").read_text(), "data": (ROOT / "data.dvc").read_text()}
    workspace = tmp_path / "workspace"
    lay_out(workspace, code=ROOT, **texts, entries={})
    monkeypatch.setenv("DVC_SITE_CACHE_DIR", str(tmp_path / "site-cache"))
    monkeypatch.chdir(workspace)

    def entry():
        with open_repo(workspace) as repo:
            return DvcStage(repo, "initialization@gpt2").pending_entry()

    before = entry()
    (workspace / "components" / "initialization" / "component.py").write_text("changed")
    assert entry() == before
    rows = texts["params"].replace("initialization: {cpu: 1", "initialization: {cpu: 3")
    assert rows != texts["params"]
    lay_out(workspace, code=ROOT, params=rows, data=texts["data"], entries={})
    assert entry() == before
    (workspace / "components" / "initialization" / "stage.py").write_text("changed")
    assert entry() != before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("modules", "unwanted"),
    [
        (
            "components.evidence.stage, components.statistics.study, components.figures.stage,"
            " pipelines.pod.stage, pipelines.pod.study, pipelines.study.validation",
            {"torch", "kfp"},
        ),
        ("pipelines.kubeflow.compilation", {"torch"}),
    ],
)
def test_what_needs_no_torch_or_kfp_imports_none(modules, unwanted):
    code = f"import sys, {modules}; sys.exit(bool({unwanted} & set(sys.modules)))"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


@pytest.mark.parametrize("component", DECLARED)
def test_a_container_takes_what_every_stages_container_takes(component):
    module = importlib.import_module(f"components.{component}.component")
    specification = getattr(module, component).component_spec
    assert set(specification.inputs) == {"about", "stage", "run", "store"}


def test_dvc_yaml_fits_the_parameters_and_keeps_no_result_from_being_shared():
    read_study(ROOT / "params.yaml", definition=ROOT / "dvc.yaml")
    for name, stage in DEFINITION["stages"].items():
        assert list(outputs(stage.get("do", stage))), name


@pytest.mark.parametrize("name", ["models", "analysis", "data", "store", "pipeline"])
def test_every_set_of_requirements_is_pinned_alike(name):
    pins = [
        set((ROOT / "images" / "requirements" / f"{each}.txt").read_text().splitlines())
        for each in (name, "development")
    ]
    names = [{pin.split("==")[0] for pin in each} for each in pins]
    assert names[0] <= names[1]
    assert {pin for pin in pins[0] if ";" not in pin} <= {pin.split(" ;")[0] for pin in pins[1]}
    assert "torch" in names[0] or name != "models"
    assert "torch" not in names[0] or name == "models"
