import pytest

from components.figures.headline import headline
from components.formats.params import Variant


def variant(name, *, weights="random", tokenizer="domain", epochs=5):
    return Variant("gpt2", weights, tokenizer, epochs, name)


@pytest.mark.parametrize(
    ("correct", "words"),
    [
        (120, "do not tell the two apart"),
        (199, "the model is the more accurate"),
        (60, "the experts are the more accurate"),
    ],
)
def test_the_comparison_says_what_the_interval_of_the_difference_says(study_of, correct, words):
    assert words in headline(study_of([variant("own")], {"own": correct}))[1]


def test_equivalence_is_told_with_its_margin_and_the_smallest_that_would_pass(study_of):
    equal = study_of([variant("own")], {"own": 1200}, people=(1200, 800), num_cases=2000)
    told = headline(equal)[2]
    assert told.startswith("Held to a margin of 10 points, the two are equivalent (p < 0.001)")
    found = equal.human.against_people["own"].equivalence.smallest_margin
    assert f"any margin above {100 * found:.1f} points." in told


def test_what_is_not_shown_is_not_called_different(study_of):
    told = headline(study_of([variant("own")], {"own": 130}))[2]
    assert "equivalence is not shown" in told
    assert "only a margin above" in told


def test_a_difference_beyond_the_margin_is_called_one(study_of):
    told = headline(study_of([variant("own")], {"own": 199}))[2]
    assert "not equivalent: all of the interval lies beyond it" in told


def test_it_says_what_so_many_cases_can_show(study_of):
    assert "from chance of 9.8 points" in headline(study_of([variant("own")], {"own": 120}))[3]


def test_one_case_and_one_person_can_show_nothing(study_of):
    sentences = headline(study_of([variant("own")], {"own": 1}, people=(1, 0), num_cases=1))
    assert "an interval cannot be told" in sentences[1]
    assert "So few cases (1 case) can show no difference" in sentences[2]


def test_the_main_result_is_the_variant_that_knows_nothing_but_the_field(study_of):
    variants = [
        variant("finetuned", weights="pretrained", tokenizer="pretrained"),
        variant("scratch", tokenizer="pretrained"),
        variant("own"),
    ]
    correct = {"finetuned": 190, "scratch": 180, "own": 120}
    firsts = [headline(study_of(variants[:number], correct))[0] for number in (3, 2, 1)]
    assert "tokenizer included, own chose" in firsts[0]
    assert "brook lore, scratch chose" in firsts[1]
    assert "most accurate variant, finetuned" in firsts[2]


def test_of_several_such_variants_the_choice_of_the_best_is_told(study_of):
    found = study_of([variant("small"), variant("large")], {"small": 120, "large": 130})
    assert "the most accurate of 2 such variants, large chose" in headline(found)[0]


def test_a_variant_is_above_chance_when_its_whole_interval_is(study_of):
    variants = [variant("good"), variant("guessing"), variant("bad")]
    found = study_of(variants, {"good": 160, "guessing": 101, "bad": 40})
    assert headline(found)[-1] == (
        "Above chance (50%): good; not distinguishable from chance: guessing; below chance: bad."
    )
