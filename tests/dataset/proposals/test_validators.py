import pytest

from components.dataset.proposals.validators import VALIDATORS, verdicts
from components.formats.cases import marked_case, read_cases
from components.formats.ngrams import words
from tests.dataset.proposals.conftest import ABSTRACT


def case(*changes, abstract=ABSTRACT, doi="10.1/1"):
    altered = abstract
    for one, other in changes:
        assert one in altered
        altered = altered.replace(one, other)
    return marked_case(doi, "Behaviour", original=abstract, altered=altered)


GOOD = case(("increased the", "decreased the"))


def verdict(of, *, corpus=()):
    (found,) = verdicts([of], corpus=corpus)
    return found and found.validator


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ([("increased", "decreased")], None),
        ([("30 %", "60 %")], None),
        ([("warm water", "cold water"), ("Cold water", "Warm water")], None),
        ([("had a smaller", "had no smaller")], None),
        ([("30 %", "33 %")], "effect"),
        ([("30 %", "-30 %")], None),
        ([("length of sleep", "length, of sleep")], "effect"),
        ([("length", "depth")], "effect"),
        ([("20 newts", "40 newts")], "results only"),
        ([("Little", "Much"), ("increased", "decreased")], "results only"),
        ([("warm", "cold"), ("30", "60"), ("smaller", "larger"), ("higher", "lower")], "changes"),
        ([("increased the length of sleep by 30 %", "decreased it")], "reads well"),
        ([("by 30 %", "by 60 h")], "reads well"),
        ([("increased the", "decreased the the")], "reads well"),
        ([("a smaller effect", "a opposite and larger effect")], "reads well"),
        ([("increased", "*decreased*")], "reads well"),
        ([("increased", "decreased (slightly")], "reads well"),
        ([("sleep by", "sleep. It was by")], "reads well"),
        ([("increased", "surprisingly decreased")], "giveaway word"),
        ([("increased", "failed to increase")], "giveaway word"),
    ],
)  # fmt: skip
def test_a_rule_refuses_what_it_is_about(changes, refused):
    assert verdict(case(*changes)) == refused


def test_every_rule_for_one_case_is_tested():
    marks = test_a_rule_refuses_what_it_is_about.pytestmark[0].args[1]
    assert {refused for _, refused in marks} - {None} == VALIDATORS.keys()


def test_a_copy_in_the_corpus_is_refused():
    for text in (GOOD.original, GOOD.altered):
        assert verdict(GOOD, corpus=["Toads.", f"NEWTS {text.upper()}"]) == "copy"
        half = " ".join(text.split()[: len(words(text)) // 2])
        assert verdict(GOOD, corpus=[half]) is None


def test_the_same_change_twice_is_refused():
    again = case(("increased the", "decreased the"), abstract=f"{ABSTRACT} We found more.")
    other = case(("30 %", "60 %"))
    found = verdicts([GOOD, again, other, GOOD], corpus=[])
    assert [each and each.validator for each in found] == [None, "twice", None, "twice"]


def test_no_word_tells_which_version_is_altered():
    def of(number, *change):
        return case(change, abstract=ABSTRACT.replace("newts", f"newts{number}"), doi=str(number))

    falls = [of(n, "increased the", "decreased the") for n in range(9)]
    found = verdicts(falls, corpus=[])
    # 2 of 2 are p = .5, 3 of 3 are p = .25 by the sign test.
    assert [each and each.validator for each in found] == [None] * 2 + ["balance"] * 7
    rises = [
        case(
            ("decreased the", "increased the"),
            abstract=ABSTRACT.replace("newts", f"eels{n}").replace("increased", "decreased"),
            doi=f"eel {n}",
        )
        for n in range(9)
    ]
    mixed = [each for pair in zip(falls, rises, strict=True) for each in pair]
    assert not any(verdicts(mixed, corpus=[]))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "accepted", "by_all"),
    [("Human", (120, 183, 195, 172, 198), 76), ("GPT-4", (58, 96, 94, 85, 91), 34)],
)
def test_docs_say_how_many_published_cases_each_rule_accepts(reference, name, accepted, by_all):
    cases = [
        case_of(each)
        for each in read_cases(reference / "brainbench" / f"BrainBench_{name}_v0.1.csv")
    ]
    counts = tuple(sum(check(each) is None for each in cases) for check in VALIDATORS.values())
    assert counts == accepted
    assert verdicts(cases, corpus=[]).count(None) == by_all


def case_of(published):
    """A published case, its differences marked as those of proposals."""
    texts = (" ".join(each.split()) for each in (published.original, published.altered))
    return marked_case(published.doi, "", **dict(zip(("original", "altered"), texts, strict=True)))
