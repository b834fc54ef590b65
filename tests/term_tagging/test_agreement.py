import csv
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from components.formats.terms import ANSWERS
from components.term_tagging.agreement import agreement_of, compare, describe, sheet
from tests.fuzz import run_in_process

TAG = st.sampled_from(["yes", "no", "filtered"])


def compared(first, second, out):
    """What agreement.json says, or the line of a refusal."""
    line = run_in_process(compare, "--first", first, "--second", second, "--agreement", out)
    return line or json.loads((out / "agreement.json").read_text())


def answers(file, **tags):
    file.parent.mkdir(exist_ok=True)
    file.write_text("".join(f"{term}, {tag}\n" for term, tag in tags.items()))


@given(st.dictionaries(st.integers(0, 60).map(str), st.tuples(TAG, TAG), max_size=60))
def test_kappa_is_cohens(pairs):
    first, second = ({term: pair[k] for term, pair in pairs.items()} for k in (0, 1))
    result = agreement_of(first, second)
    counted = [pair for pair in pairs.values() if "filtered" not in pair]
    assert result.num_terms == len(counted)
    assert result.num_terms + result.num_untagged == len(pairs)
    tags = {tag for pair in counted for tag in pair}
    assert (result.kappa is None) == (len(tags) < 2)
    if result.kappa is not None:
        assert result.kappa == pytest.approx(cohen_kappa_score(*zip(*counted, strict=True)))
    assert (result.interval is None) == bool(result.no_interval)
    if result.interval is not None:
        low, high = result.interval
        assert low <= result.kappa <= high


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        ("no no no no", "kappa 0.000 (no interval: one tagger gives all terms the same tag)"),
        ("yes no yes no", "kappa 1.000 (no interval: all terms are tagged alike)"),
    ],
)
def test_a_standard_error_of_0_by_construction_gives_no_interval(tags, words):
    first = dict(enumerate(tags.split()))
    result = agreement_of(first, dict(enumerate(["yes", "no", "yes", "no"])))
    assert result.interval is None
    assert words in describe(result)


def test_the_published_tags_agree_with_themselves(reference, tmp_path, capsys):
    first, second = (reference / "tags" / ANSWERS[name] for name in ("pretrained", "domain"))
    result = compared(first, second, tmp_path / "agreement")["file"]
    assert result["num_terms"] == 15_441 - 1  # one was refused both times
    assert round(result["kappa"], 3) == 0.917
    assert [round(each, 3) for each in result["interval"]] == [0.909, 0.925]
    assert result["only_first_yes"] + result["only_second_yes"] == 411
    assert "kappa 0.917 [0.909, 0.925]" in capsys.readouterr().out
    with (tmp_path / "agreement" / "differences.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == 411
    assert all(row["first"] != row["second"] for row in rows)


def test_folders_are_compared_by_vocabulary_and_a_filled_in_sheet_over_both(tmp_path):
    for name, tag in (("a", "yes"), ("b", "no")):
        answers(tmp_path / name / ANSWERS["pretrained"], the="no", cell="yes")
        answers(tmp_path / name / ANSWERS["domain"], the="no", axon=tag, spike="yes")
    result = compared(tmp_path / "a", tmp_path / "b", tmp_path / "out")
    assert result["pretrained"]["kappa"] == 1
    assert result["domain"]["only_first_yes"] == 1
    assert result["domain"]["precision"] == 0.5
    assert result["domain"]["recall"] == 1
    labels = tmp_path / "labels.csv"
    flags = ["--terms", tmp_path / "a", "--sheet", labels, "--count"]
    assert run_in_process(sheet, *flags, 4) is None
    lines = labels.read_text().splitlines()
    assert sorted(lines[1:]) == ["axon,", "cell,", "spike,", "the,"]
    labels.write_text("term,tag\nthe,No\naxon,YES\ncell,\nspike, no\n")
    result = compared(tmp_path / "a", labels, tmp_path / "out")["both"]
    assert (result["num_terms"], result["num_untagged"]) == (3, 1)
    assert (result["both_yes"], result["only_first_yes"], result["both_no"]) == (1, 1, 1)
    assert "its tags would be lost" in run_in_process(sheet, *flags, 4)
    assert "count 5: expected 1 to 4" in run_in_process(sheet, *flags, 5)
    for text, words in (
        ("term,tag\nthe,perhaps\n", "tag is 'perhaps'"),
        ("term,label\nthe,yes\n", "no column tag"),
        ("term,tag\nthe,yes\nthe,no\n", "'the' a second time"),
        ("term,tag\nother,yes\n", "no term that both"),
        ("term,tag\nthe,\n", "no term that both"),
    ):
        labels.write_text(text)
        assert words in compared(tmp_path / "a", labels, tmp_path / "out")
