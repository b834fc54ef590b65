from collections import Counter

import pytest

from components.dataset.proposals.alterations import EXCHANGE, altered_by_rules
from components.dataset.proposals.validators import VALIDATORS
from components.formats.cases import marked_case, read_cases
from components.formats.proposals import read_abstracts


def test_exchanging_twice_gives_the_word_back():
    assert all(EXCHANGE[EXCHANGE[word]] == word != EXCHANGE[word] for word in EXCHANGE)


def test_only_results_are_altered_and_the_article_fits():
    text = "We test an increase. We found an increase. Increased light led to a loss-of-function."
    altered = {altered_by_rules(text, seed=seed) for seed in range(20)}
    rest = "led to a loss-of-function."
    assert altered == {
        f"We test an increase. We found a decrease. Increased light {rest}",
        f"We test an increase. We found an increase. Decreased light {rest}",
        f"We test an increase. We found a decrease. Decreased light {rest}",
    }


def test_a_percentage_is_altered_where_no_word_can_be():
    assert altered_by_rules("We did it. We found 30 % of newts.", seed=1).endswith("60 % of newts.")
    assert altered_by_rules("We did it. We found 60% of newts.", seed=1).endswith("30% of newts.")
    assert altered_by_rules("We did it. We found newts.", seed=1) is None


def test_the_level_of_an_interval_is_no_result():
    text = "We did it. We found 30 % of newts (95% CI 20 to 40; 99 % confidence: 17 to 43; 95%-CI)."
    altered = {altered_by_rules(text, seed=seed) for seed in range(20)}
    assert altered == {text.replace("30", "60")}


def test_what_rules_make_of_the_demo_passes_every_rule_for_one_case(demo_folder, tmp_path):
    for each in read_abstracts(tmp_path / "abstracts.jsonl"):
        altered = altered_by_rules(each.abstract, seed=42)
        case = marked_case(each.doi, "", original=each.abstract, altered=altered)
        assert not [name for name, check in VALIDATORS.items() if check(case)]


@pytest.mark.slow
def test_most_published_abstracts_can_be_altered_well(reference):
    verdicts = Counter()
    for each in read_cases(reference / "brainbench" / "BrainBench_Human_v0.1.csv"):
        text = " ".join(each.original.split())
        if not (altered := altered_by_rules(text, seed=42)):
            verdicts["none"] += 1
            continue
        case = marked_case(each.doi, "", original=text, altered=altered)
        verdicts[next((name for name, check in VALIDATORS.items() if check(case)), "")] += 1
    assert verdicts[""] >= 190
    assert verdicts["none"] <= 6
