import math

import numpy as np
import pytest

from components.brainbench.published_log import read_published_log
from components.brainbench.published_study import import_study
from components.formats.json_file import read_json
from components.formats.scores import ScoringRecord
from components.runtime.errors import InputError
from tests.brainbench.cases import make_cases, write_cases

LOG = """\
Loading 9 samples for training
Epoch 0 | Batch 999/4000 | Training PPL: 9.5 | time 4.2
Epoch 0 | Validation PPL: 8.0 | Learning rate: 1.9e-05
End of epoch 0 | Validation PPL: 4.0 | Learning rate: 1.8e-05
"""


@pytest.fixture
def arguments(tmp_path):
    """Results of two models on three cases, one of them in the flat layout, and one log."""
    for place in ("zoo", "big/human_abstracts"):
        (tmp_path / "results" / place).mkdir(parents=True)
        np.save(tmp_path / "results" / place / "PPL_A_and_B.npy", np.array([[2.0, 3.0]] * 3))
        np.save(tmp_path / "results" / place / "labels.npy", np.array([0, 1, 1]))
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "big.log").write_text(LOG)
    (tmp_path / "cases").mkdir()
    write_cases(tmp_path / "cases" / "human.csv", make_cases(3))
    return {name: tmp_path / name for name in ("results", "logs", "cases", "scores")}


def test_every_model_found_has_scores_and_those_with_a_log_a_curve(arguments):
    import_study(**arguments)
    record = read_json(arguments["scores"] / "big" / "metrics.json", ScoringRecord)
    assert record.curve == ((0.25, 8.0), (1.0, 4.0))
    assert record.accuracy == {"full": {"human": pytest.approx(1 / 3)}}
    assert not read_json(arguments["scores"] / "zoo" / "metrics.json", ScoringRecord).curve


def spoil(file, content):
    np.save(file, content) if content is not None else file.unlink()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("PPL_A_and_B.npy", np.array([[1, np.inf]] * 3), r"pair 0 .* of .*PPL_A_and_B\.npy"),
        ("PPL_A_and_B.npy", None, "no whole human-made abstracts in|no published results"),
        ("labels.npy", None, r"no published results at .*labels\.npy"),
        ("labels.npy", np.array([1, 0, 0]), "labels in .* are not those of seed 42"),
        ("labels.npy", np.array([0, 1]), r"\(3, 2\) perplexities and \(2,\) labels"),
    ],
)
def test_one_bad_folder_of_results_ends_all_in_one_line_and_leaves_nothing(
    arguments, name, content, words
):
    spoil(arguments["results"] / "zoo" / name, content)
    with pytest.raises(InputError, match=words) as caught:
        import_study(**arguments)
    assert "\n" not in str(caught.value)
    assert "zoo" in str(caught.value)
    assert not arguments["scores"].exists()


def test_another_number_of_cases_is_refused(arguments):
    write_cases(arguments["cases"] / "human.csv", make_cases(4))
    with pytest.raises(InputError, match="3 pairs in .*: expected the benchmark's 4"):
        import_study(**arguments)


def test_a_sum_of_losses_is_undone(tmp_path):
    file = tmp_path / "log.txt"
    losses = (2.0, 2.1, 2.2, 2.3)
    logged = math.exp(sum(losses)) / 4
    file.write_text(f"End of epoch 0 | Validation PPL: {logged} | Learning rate: 1e-05\n")
    ((epoch, perplexity),) = read_published_log(file, summed_losses=4)
    assert (epoch, perplexity) == (1.0, pytest.approx(math.exp(sum(losses) / 4)))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no 'Validation PPL'"),
        (LOG.replace("| Batch", "| batch"), "before any batch: .*line 3"),
    ],
)
def test_a_file_that_is_no_log_is_refused(tmp_path, text, words):
    (tmp_path / "log.txt").write_text(text)
    with pytest.raises(InputError, match=words):
        read_published_log(tmp_path / "log.txt")


def test_the_published_logs_end_where_they_should(reference):
    ends = {
        name: read_published_log(reference / "training_logs" / f"{name}.log", summed_losses=summed)[
            -1
        ]
        for name, summed in (
            ("gpt2_scratch", 4),
            ("finetune_gpt2", 1),
            ("gpt2_scratch_neuro_tokenizer", 1),
        )
    }
    assert {name: round(perplexity, 2) for name, (_, perplexity) in ends.items()} == {
        "gpt2_scratch": 20.13,
        "finetune_gpt2": 11.81,
        "gpt2_scratch_neuro_tokenizer": 33.22,
    }
    assert {epoch for epoch, _ in ends.values()} == {5.0}
