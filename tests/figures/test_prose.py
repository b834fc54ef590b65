"""The report's sentences follow from the statistics."""

import html
import re
from collections import defaultdict

import pandas as pd
import pytest

from components.figures.report import render, study_context
from components.formats.audit import Cue
from components.formats.field import Field
from components.formats.params import StudyVariant

FIELD = Field("brook lore", made_up=False)


def variant(name, *, weights="random", tokenizer="domain", epochs=5):
    return StudyVariant("gpt2", weights, tokenizer, epochs, name)


def paragraphs(template, study, *, cues=()):
    """The texts of a template's paragraphs."""
    context = study_context(study, FIELD, cues) | {
        "tables": defaultdict(pd.DataFrame),
        "pictures": dict.fromkeys(("differences", "memorisation", "cues"), ("data:,", "data:,")),
    }
    found = re.findall(r"<p[^>]*>(.*?)</p>", render(template, context), flags=re.DOTALL)
    return [" ".join(html.unescape(re.sub("<[^>]*>", "", each)).split()) for each in found]


def headline(study):
    return paragraphs("headline.html.jinja", study)


@pytest.mark.parametrize(
    ("correct", "words"),
    [
        (120, "the interval contains zero, so neither is shown to be more accurate"),
        (199, "the model is more accurate"),
        (60, "the experts are more accurate"),
    ],
)
def test_the_comparison_says_what_the_interval_of_the_difference_says(study_of, correct, words):
    assert words in headline(study_of([variant("own")], {"own": correct}))[1]


def test_equivalence_is_reported_with_its_margin_and_the_smallest_sufficient_one(study_of):
    equal = study_of([variant("own")], {"own": 1200}, people=(1200, 800), num_cases=2000)
    said = headline(equal)[2]
    assert said.startswith("Within a margin of 10 points the two are equivalent (p < 0.001)")
    found = equal.main.against_people["own"].equivalence.smallest_margin
    assert f"any margin above {100 * found:.1f} points" in said


def test_what_is_not_shown_is_not_called_different(study_of):
    said = headline(study_of([variant("own")], {"own": 130}))[2]
    assert "is not shown" in said
    assert "only a margin above" in said


def test_a_difference_beyond_the_margin_is_called_one(study_of):
    said = headline(study_of([variant("own")], {"own": 199}))[2]
    assert said.startswith("They are not equivalent within a margin of 10 points")


def test_it_says_what_this_many_cases_can_show(study_of):
    assert (
        "at least 9.8 points from chance" in headline(study_of([variant("own")], {"own": 120}))[3]
    )


def test_one_case_and_one_person_can_show_nothing(study_of):
    sentences = headline(study_of([variant("own")], {"own": 1}, people=(1, 0), num_cases=1))
    assert "no confidence interval could be computed" in sentences[1]
    assert "With so few cases (1 case), no difference can be detected" in sentences[2]


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


def test_that_the_best_of_several_variants_was_chosen_is_reported(study_of):
    found = study_of([variant("small"), variant("large")], {"small": 120, "large": 130})
    said = headline(found)[0]
    assert "the most accurate of 2 such variants, large chose" in said
    assert "chosen after looking at the results" in said
    assert "looking" not in headline(study_of([variant("only")], {"only": 120}))[0]


def test_a_variant_is_above_chance_when_the_exact_test_says_so_after_correction(study_of):
    # 115 of 200 have p = 0.040, which Holm doubles for the third of four.
    variants = [variant("good"), variant("guessing"), variant("unsure"), variant("bad")]
    found = study_of(variants, {"good": 160, "guessing": 101, "unsure": 115, "bad": 40})
    assert headline(found)[-1] == (
        "Above chance (50%): good; not distinguishable from chance: guessing and unsure; "
        "below chance: bad (exact binomial test at the 5% level, by Holm’s method for 4 variants)."
    )


def test_pairs_are_counted_that_differ_after_correction(study_of):
    found = study_of([variant(name) for name in "abc"], {"a": 60, "b": 61, "c": 190})
    (said,) = paragraphs("sections/differences.html.jinja", found)
    assert "Of 3 pairs of variants, 2 differ at the 5% level" in said
    assert "Beyond that margin: a, b and c." in said


def test_nothing_is_counted_without_pairs(study_of):
    found = study_of([variant("a")], {"a": 200})
    assert paragraphs("sections/differences.html.jinja", found) == [
        "Equivalent to human experts within ±10 points: none. Beyond that margin: a."
    ]


@pytest.mark.parametrize(
    ("clean", "words"),
    [
        (0, "accuracy on clean cases is unknown"),
        (19, "too few for an accuracy of their own"),
        (20, "a is right in 100.0% (83.9–100.0) of them, in 60.0% of all"),
        (200, "there is nothing to leave out"),
    ],
)
def test_few_clean_cases_have_no_accuracy_of_their_own(study_of, clean, words):
    found = study_of([variant("a")], {"a": 120}, clean=clean)
    assert words in paragraphs("sections/memorisation.html.jinja", found)[1]


def test_trials_of_different_people_on_different_cases_count_in_full(study_of):
    (said,) = paragraphs("sections/experts.html.jinja", study_of([variant("a")], {"a": 120}))
    assert "100 trials of 100 participants on human-made cases" in said
    assert "an effective sample size of 100:" in said


def cue(name, accuracy, p, *, author="human"):
    interval = (None, None) if p is None else (accuracy - 0.1, accuracy + 0.1)
    return Cue(author, name, accuracy, *interval, 0, 200, p, p)


@pytest.mark.parametrize(
    ("cues", "correct", "words"),
    [
        ([], 100, "The benchmark was not audited"),
        ([cue("version A", 0.6, None)], 100, "There are too few abstracts to tell"),
        ([cue("version A", 0.5, 0.6)], 100, "Nothing is shown to solve cases without knowledge"),
        ([cue("version A", 0.6, 0.04)], 100, "Human-made cases: version A, 60.0% (50.0–70.0)."),
        ([cue("version A", 0.5, 0.6)], 150, "Human-made cases: unread, 75.0% (68.6–80.5)."),
        ([], 150, "Human-made cases: unread, 75.0% (68.6–80.5)."),
        ([cue("version A", 0.5, 0.6)], 50, "Nothing is shown to solve cases without knowledge"),
    ],
)
def test_the_report_warns_of_whatever_solves_cases_without_knowledge(
    study_of, cues, correct, words
):
    study = study_of([variant("unread", epochs=0), variant("own")], {"unread": correct, "own": 150})
    assert words in paragraphs("sections/cues.html.jinja", study, cues=cues)[0]
    warns = "Warning: " in " ".join(paragraphs("headline.html.jinja", study, cues=cues))
    assert warns == ("%" in words)
