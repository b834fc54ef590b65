from components.figures import findings
from components.formats.params import Variant


def variants(*names):
    return [Variant("gpt2", "random", "domain", 5, name) for name in names]


def test_pairs_are_counted_that_differ_after_correction(study_of):
    found = study_of(variants("a", "b", "c"), {"a": 60, "b": 61, "c": 190})
    told = findings.of_differences(found)
    assert "Of 3 pairs of variants, 2 differ at 5%" in told
    assert "Beyond that margin: a, b and c." in told


def test_nothing_is_counted_without_pairs(study_of):
    told = findings.of_differences(study_of(variants("a"), {"a": 200}))
    assert told == "Within ±10 points, equivalent to human experts: none. Beyond that margin: a."


def test_few_clean_cases_have_no_accuracy_of_their_own(study_of):
    shown = {
        clean: findings.of_memorisation(study_of(variants("a"), {"a": 120}, clean=clean))[1]
        for clean in (0, 19, 20, 200)
    }
    assert "accuracy on clean cases is unknown" in shown[0]
    assert "Too few for an accuracy of their own" in shown[19]
    assert "a is right in 100.0% (83.9–100.0) of them, in 60.0% of all" in shown[20]
    assert "nothing is to be left out" in shown[200]


def test_trials_of_different_people_on_different_cases_tell_as_much_as_they_are(study_of):
    told = findings.of_people(study_of(variants("a"), {"a": 120}))
    assert "100 trials of 100 participants tell as much as 100 independent ones" in told
