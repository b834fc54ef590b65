import pytest

from components.dataset.proposals.results import result_sentences, sentences
from components.dataset.proposals.validators import outside_results
from components.formats.cases import read_cases
from tests.dataset.proposals.conftest import ABSTRACT


def texts(abstract):
    return [abstract[start:end].strip() for start, end in result_sentences(abstract)]


def test_sentences_make_up_the_text_and_end_at_no_abbreviation():
    text = "We saw, e.g. Fig. 2, a rise (p < 0.05). It lasted 1.5 h vs. Two days. Then it fell."
    parts = [text[start:end] for start, end in sentences(text)]
    assert "".join(parts) == text
    assert [each.split()[0] for each in parts] == ["We", "It", "Then"]


def test_background_and_method_are_no_results():
    assert texts(ABSTRACT) == [
        "We found that warm water increased the length of sleep by 30 %.",
        "Cold water had a smaller effect.",
        "These results suggest that higher temperatures make newts sleep longer.",
    ]


def test_labels_decide_where_there_are_any():
    text = (
        "Background: It was found that newts sleep longer. Methods: We found 20 newts."
        " Results: We recorded less sleep. It was short. Conclusions: Sleep matters."
    )
    assert texts(text) == [
        "Results: We recorded less sleep.",
        "It was short.",
        "Conclusions: Sleep matters.",
    ]


@pytest.mark.parametrize(("name", "inside", "num_cases"), [("Human", 183, 200), ("GPT-4", 96, 100)])
def test_published_alterations_are_in_results(reference, name, inside, num_cases):
    cases = read_cases(reference / "brainbench" / f"BrainBench_{name}_v0.1.csv")
    assert len(cases) == num_cases
    assert sum(outside_results(each) is None for each in cases) == inside
