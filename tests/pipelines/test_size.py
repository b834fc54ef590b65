"""Limits of Kubeflow, checked on the compiled pipeline."""

import copy

import pytest

from components.runtime.errors import InputError
from pipelines.kubeflow.compilation import (
    LIMIT,
    check_characters,
    check_size,
    compile_study,
    record_size,
)
from tests.conftest import ROOT


@pytest.mark.slow
def test_a_study_of_60_variants_fits(specification, one_more):
    """A replica of Kubeflow's record of one, of other tasks than now, had 865,589 bytes."""
    size = record_size(specification)
    assert 800_000 < size + 55 * (record_size(one_more) - size) < LIMIT


def test_what_does_not_fit_is_refused_with_numbers_in_one_line(specification):
    specification = copy.deepcopy(specification)
    tasks = specification["root"]["dag"]["tasks"]
    tasks |= {f"{key}-{n}": task for key, task in tasks.items() for n in range(8)}
    with pytest.raises(InputError) as error:
        check_size(specification, where="params.yaml")
    assert f"found a study of {len(tasks)} tasks" in str(error.value)
    assert f"have {record_size(specification):,} bytes" in str(error.value)
    assert "expected at most 900,000" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["", "seed: 1 # 中文, Ġ, ×, \uffff\n", '"{{x}}" $$ \\ \t\n'])
def test_characters_of_three_bytes_pass(text):
    check_characters(text, where="params.yaml")


def test_a_character_of_four_bytes_is_named_with_its_place():
    with pytest.raises(InputError) as error:
        check_characters("seed: 1\n# é 😀\n", where="params.yaml")
    assert str(error.value).startswith(
        "params.yaml: line 2, column 5: found U+1F600 (😀), expected"
    )
    assert "\n" not in str(error.value)


def test_parameters_with_such_a_character_are_not_compiled(tmp_path, here):
    params, output = tmp_path / "params.yaml", tmp_path / "study.yaml"
    params.write_text((ROOT / "params.yaml").read_text() + "# 🧠\n")
    with pytest.raises(InputError, match=r"params.yaml: line \d+, column 3: found U.1F9E0"):
        compile_study(output=output, params=params, store="s3://bucket/prefix")
    assert not output.exists()
