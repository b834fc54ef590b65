import csv
import json

import numpy as np
import pytest

from components.brainbench.importing import import_published
from components.runtime.errors import InputError
from tests.brainbench.cases import make_cases, write_cases


@pytest.fixture
def cases(tmp_path):
    (tmp_path / "cases").mkdir()
    write_cases(tmp_path / "cases" / "human.csv", make_cases(3))
    write_cases(tmp_path / "cases" / "machine.csv", make_cases(2))
    return tmp_path / "cases"


@pytest.fixture
def results(tmp_path):
    place = tmp_path / "results" / "human_abstracts"
    place.mkdir(parents=True)
    np.save(place / "PPL_A_and_B.npy", np.array([[2.0, 3.0], [2.0, 3.0], [4.0, 4.0]]))
    np.save(place / "labels.npy", np.array([0, 1, 1]))  # seed 42's
    return place.parent


def rows(file):
    with file.open() as lines:
        return list(csv.DictReader(lines))


def test_published_results_become_scores(results, cases, tmp_path):
    import_published(results=results, cases=cases, scores=tmp_path / "scores")
    found = rows(tmp_path / "scores" / "full.csv")
    assert [row["correct"] for row in found] == ["1", "0", "0"]
    assert found[1]["original_perplexity"] == "3.0"
    assert found[0]["original_tokens"] == ""
    metrics = json.loads((tmp_path / "scores" / "metrics.json").read_text())
    assert metrics["accuracy"] == {"full": {"human": pytest.approx(1 / 3)}}
    assert not (tmp_path / "scores" / "isolated.csv").exists()


def test_the_files_may_lie_in_the_models_folder_itself(results, cases, tmp_path):
    both = [tmp_path / "one", tmp_path / "two"]
    import_published(results=results, cases=cases, scores=both[0])
    import_published(results=results / "human_abstracts", cases=cases, scores=both[1])
    assert (both[0] / "full.csv").read_bytes() == (both[1] / "full.csv").read_bytes()


def test_isolated_sentences_need_the_mask_of_these_cases(results, cases, tmp_path):
    place = results / "human_abstracts"
    np.save(place / "PPL_A_and_B_iso.npy", np.ones((6, 2)))
    np.save(place / "labels_iso.npy", np.array([0, 1, 1, 1, 0, 0]))  # seed 42's
    np.save(place / "abstract_mask_iso.npy", np.array([0, 0, 1, 1, 2, 2]))
    import_published(results=results, cases=cases, scores=tmp_path / "scores")
    found = rows(tmp_path / "scores" / "isolated.csv")
    assert [(row["case"], row["sentence"]) for row in found] == [
        ("0", "0"), ("0", "1"), ("1", "0"), ("1", "1"), ("2", "0"), ("2", "1"),
    ]  # fmt: skip
    np.save(place / "abstract_mask_iso.npy", np.array([0, 1, 1, 1, 2, 2]))
    with pytest.raises(InputError, match=r"sentences of other cases.*abstract_mask_iso\.npy"):
        import_published(results=results, cases=cases, scores=tmp_path / "scores")


def test_results_of_another_benchmark_are_refused(results, cases, tmp_path):
    write_cases(cases / "human.csv", make_cases(4))
    with pytest.raises(InputError, match=r"3 pairs in .*benchmark's 4"):
        import_published(results=results, cases=cases, scores=tmp_path / "scores")
    with pytest.raises(InputError, match="no published results in"):
        import_published(results=tmp_path, cases=cases, scores=tmp_path / "scores")
    assert not (tmp_path / "scores").exists()


@pytest.mark.parametrize(
    ("labels", "words"),
    [([1, 0, 0], r"3 of 3 labels in .*\(all are inverted\)"), ([0, 1, 0], "1 of 3 labels in ")],
)
def test_labels_of_another_order_are_refused_or_taken_where_that_is_said(
    results, cases, tmp_path, labels, words
):
    np.save(results / "human_abstracts" / "labels.npy", np.array(labels))
    with pytest.raises(InputError, match=words):
        import_published(results=results, cases=cases, scores=tmp_path / "scores")
    assert not (tmp_path / "scores").exists()
    import_published(results=results, cases=cases, scores=tmp_path / "scores", labels="own")
    right = [int(row["correct"]) for row in rows(tmp_path / "scores" / "full.csv")]
    assert right == [1 - label if number < 2 else 0 for number, label in enumerate(labels)]
