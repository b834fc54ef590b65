"""What a compilation refuses, by Kubeflow's limits, and its queue."""

import copy
import shutil
from pathlib import Path

import pytest

from components.runtime.errors import InputError
from pipelines.dvc.graph import Node
from pipelines.kubeflow.compilation import (
    LIMIT,
    _note_changed_data,
    check_characters,
    check_size,
    compile_study,
    record_size,
)
from pipelines.kubeflow.pipeline import CHECK_RESOURCES, compiled
from pipelines.kubernetes.connection import QUEUE
from tests.conftest import ROOT


@pytest.mark.slow
def test_a_study_of_60_variants_fits(specification, one_more):
    """A replica of Kubeflow's record of one, of other tasks than now, had 865,589 bytes."""
    size = record_size(specification)
    assert 800_000 < size + 55 * (record_size(one_more) - size) < LIMIT


@pytest.mark.slow
def test_data_that_has_changed_since_data_dvc_is_noted(study, monkeypatch, capsys):
    monkeypatch.chdir(study)
    _note_changed_data(Path("data.dvc"))
    assert not capsys.readouterr().err
    next(each for each in Path("data").rglob("*") if each.is_file()).write_text("changed")
    _note_changed_data(Path("data.dvc"))
    assert capsys.readouterr().err.startswith("note: data differs from what data.dvc names")
    shutil.rmtree("data")  # it is elsewhere
    _note_changed_data(Path("data.dvc"))
    assert not capsys.readouterr().err


def test_what_does_not_fit_is_refused_with_numbers_in_one_line(specification):
    specification = copy.deepcopy(specification)
    tasks = specification["root"]["dag"]["tasks"]
    tasks |= {f"{key}-{n}": task for key, task in tasks.items() for n in range(8)}
    size = f"{record_size(specification):,} bytes, expected at most 900,000: take variants out"
    with pytest.raises(InputError, match=f"of {len(tasks)} tasks, .* would have {size}") as error:
        check_size(specification, where="params.yaml")
    assert "\n" not in str(error.value)


def test_characters_of_four_bytes_are_named_with_their_place(tmp_path, here):
    for text in ("", "seed: 1 # 中文, Ġ, ×, \uffff\n", '"{{x}}" $$ \\ \t\n'):
        check_characters(text, where="params.yaml")
    params, output = tmp_path / "params.yaml", tmp_path / "study.yaml"
    text = (ROOT / "params.yaml").read_text()
    params.write_text(f"{text}# é 😀\n")
    place = rf"params.yaml: line {len(text.splitlines()) + 1}, column 5: found U.1F600 .😀."
    with pytest.raises(InputError, match=place) as error:
        compile_study(output=output, params=params, store="s3://bucket/prefix")
    assert "\n" not in str(error.value)
    assert not output.exists()


@pytest.mark.parametrize("queue", [None, "training"])
def test_every_pod_waits_in_the_queue_that_is_asked_for(queue):
    nodes = [
        Node(name, name, name, name, (), CHECK_RESOURCES, gpu)
        for name, gpu in (("overlap", None), ("brainbench", "scoring"))
    ]
    _, platform = compiled(nodes, params="", data="", store="", queue=queue)
    executors = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"].values()
    labels = [each["podMetadata"]["labels"] for each in executors]
    assert [each.get(QUEUE) for each in labels] == [queue] * 3


@pytest.mark.parametrize(
    ("flags", "line"),
    [
        *(
            ({"queue": name}, f"--queue: found '{name}'")
            for name in ("", "Q", "a_b", "-a", "a" * 64)
        ),
        ({"nodes": 0}, "--nodes: found 0, expected 1 or more"),
    ],
)
def test_a_bad_flag_is_refused(flags, line):
    with pytest.raises(InputError, match=line):
        compile_study(output=Path("never"), **flags)
