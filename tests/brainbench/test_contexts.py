import itertools

import numpy as np
import pytest

from components.brainbench.contexts import make_pairs
from components.brainbench.sentences import choice_sentences
from components.formats.cases import read_cases
from components.formats.scores import CONTEXTS
from components.runtime.errors import InputError
from tests.brainbench.cases import make_case, make_cases


@pytest.fixture(scope="module")
def published(reference):
    return read_cases(reference / "brainbench" / "BrainBench_Human_v0.1.csv")


@pytest.mark.parametrize("faithful", [True, False])
def test_the_order_of_a_and_b_is_the_published_one(published, reference, faithful):
    labels = np.load(reference / "results" / "gpt2" / "labels.npy")
    _, altered_first = make_pairs(published, context="full", faithful=faithful, seed=42)
    assert altered_first.astype(int).tolist() == labels.tolist()


@pytest.mark.slow
@pytest.mark.parametrize(("context", "faithful"), list(itertools.product(CONTEXTS, [True, False])))
def test_every_case_has_pairs_of_two_texts_and_sentences_are_numbered_within_it(
    published, context, faithful
):
    pairs, altered_first = make_pairs(published, context=context, faithful=faithful, seed=42)
    assert len(pairs) == len(altered_first) == (488 if context == "isolated" else 200)
    assert all(pair.original != pair.altered for pair in pairs)
    for number, mine in itertools.groupby(pairs, key=lambda pair: pair.case):
        expected = [None]
        if context == "isolated":
            expected = list(range(len(choice_sentences(published[number]))))
        assert [pair.sentence for pair in mine] == expected


def test_swapped_sentences_come_from_different_abstracts_of_the_section():
    cases = [*make_cases(6, section="Cells"), *make_cases(6, section="Minds", start=6)]
    pairs, _ = make_pairs(cases, context="swapped", faithful=False, seed=7)
    for number, pair in enumerate(pairs):
        donors = [
            other
            for other, case in enumerate(cases)
            for sentence in choice_sentences(case)
            if sentence.original in pair.original
        ]
        assert number not in donors
        assert len(donors) == len(set(donors)) == len(choice_sentences(cases[number]))
        assert {cases[donor].journal_section for donor in donors} == {cases[number].journal_section}
        for donor in donors:
            assert any(each.altered in pair.altered for each in choice_sentences(cases[donor]))
        assert f"Background {number}." in pair.original
        assert f"Background {number}." in pair.altered


@pytest.mark.parametrize("faithful", [True, False])
def test_the_seed_decides_what_is_swapped(faithful):
    cases = make_cases(8)
    one, again, other = (
        make_pairs(cases, context="swapped", faithful=faithful, seed=seed)[0] for seed in (1, 1, 2)
    )
    assert one == again != other


@pytest.mark.parametrize("faithful", [True, False])
def test_a_section_with_too_few_cases_is_named(faithful):
    cases = [*make_cases(4), make_case(9, section="Alone")]
    with pytest.raises(InputError, match="0 other abstracts in journal section 'Alone'"):
        make_pairs(cases, context="swapped", faithful=faithful, seed=1)
