"""Small or incomplete inputs still give a report, which says what is missing."""

import csv
import json

import pytest

from components.figures.stage import figures
from components.figures.style import NARROW
from components.formats.overlap import CaseOverlap, write_overlap
from components.formats.table import read_rows
from components.runtime.errors import InputError
from components.statistics.stage import statistics
from tests import made_up_study
from tests.figures.conftest import stage_arguments
from tests.made_up_study import statistics_arguments, write_evidence

pytestmark = pytest.mark.slow


def rewrite(file, keep=lambda row: True, **changes):
    with file.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        names, rows = reader.fieldnames, [row for row in reader if keep(row)]
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(row | changes for row in rows)


def rewrite_overlap(inputs, keep=lambda row: True, **changes):
    folder = inputs / "overlap"
    rows = read_rows(folder / "cases.csv", CaseOverlap)
    write_overlap(
        folder,
        [row._replace(**changes) for row in rows if keep(row)],
        ngram_length=13,
        num_documents=5,
        num_words=90,
    )


def score_files(inputs):
    names = ("full", "isolated", "swapped")
    return [file for file in inputs.glob("scores/*/*.csv") if file.stem in names]


def test_one_case_and_one_trial(inputs, page, undrawn):
    for file in score_files(inputs):
        rewrite(file, lambda row: (row["author"], row["case"]) == ("human", "0"))
    rewrite_overlap(inputs, lambda row: (row.author, row.case) == ("human", 0))
    for file in inputs.glob("scores/*/tokens.jsonl"):
        file.unlink()
    (inputs / "brainbench" / "machine.csv").unlink()
    rewrite(inputs / "brainbench" / "human.csv", lambda row: row["doi"] == "10.1/human.0")
    write_evidence(inputs)
    rewrite(
        inputs / "participants.csv", lambda row: row["abstract_id"] == "1" and row["pid"] == "1"
    )
    text = page(inputs)
    assert "no confidence interval could be computed" in text
    assert "With so few cases (1 case), no difference can be detected" in text
    assert "0 of 1 human-made case is clean" in text
    for draw in undrawn.values():
        draw(width=NARROW, notice="")


def test_whole_abstracts_only(inputs, page):
    for file in score_files(inputs):
        if file.stem != "full":
            file.unlink()
    assert "Only whole abstracts were scored" in page(inputs)


def test_one_variant_with_more_contexts_than_another(inputs, page):
    (inputs / "scores" / "tiny-untrained" / "swapped.csv").unlink()
    assert 'id="figure-contexts"' in page(inputs)


def test_no_record_of_training_and_of_asking(inputs, page, tmp_path):
    for file in inputs.glob("scores/*/metrics.json"):
        file.write_text('{"protocol": "published"}', encoding="utf-8")
    text = page(inputs)
    assert "protocol published, prompt not recorded, precision not recorded" in text
    assert "<dt>Devices</dt>" not in text
    assert list((tmp_path / "outputs" / "plots" / "validation").iterdir()) == []


@pytest.mark.parametrize("empty", [False, True])
def test_no_reference_texts(inputs, page, empty):
    for file in inputs.glob("scores/*/reference.csv"):
        rewrite(file, lambda row: False) if empty else file.unlink()
    assert "No reference texts were scored" in page(inputs)


@pytest.mark.parametrize(
    ("clean", "words"),
    [(1, "6 of 6 human-made cases are clean"), (0, "So accuracy on clean cases is unknown.")],
)
def test_all_or_no_case_is_clean(inputs, page, clean, words):
    rewrite_overlap(inputs, clean=clean)
    assert words in page(inputs)


def test_one_variant_has_nobody_to_compare_with(inputs, page):
    variants = {"tiny-field": made_up_study.VARIANTS["tiny-field"]}
    made_up_study.write_params(inputs / "params.yaml", variants)
    text = page(inputs)
    assert "pairs of variants" not in text
    assert "Variants minus each other" not in text
    assert "All variants answered the same cases" not in text
    assert "a variant that has not read the field" not in text


def test_nobody_was_asked_about_machine_made_cases(inputs, page, tmp_path):
    rewrite(inputs / "participants.csv", lambda row: row["journal_section"].startswith("human"))
    page(inputs)
    experts = json.loads((tmp_path / "outputs" / "metrics" / "human-experts.json").read_text())
    assert "machine" not in experts


def without_human_made_cases(inputs):
    for file in score_files(inputs):
        rewrite(file, lambda row: row["author"] == "machine")
    rewrite_overlap(inputs, lambda row: row.author == "machine")
    tokens = inputs / "scores" / "tiny-field" / "tokens.jsonl"
    tokens.write_text("".join(tokens.read_text("utf-8").splitlines(keepends=True)[6:]), "utf-8")
    (inputs / "brainbench" / "human.csv").unlink()


def test_a_benchmark_without_human_made_cases_has_its_report(inputs, page, undrawn):
    without_human_made_cases(inputs)
    rewrite(inputs / "participants.csv", lambda row: row["journal_section"].startswith("machine"))
    write_evidence(inputs)
    text = page(inputs)
    assert "chose the original abstract in 100.0% of 4 machine-made cases" in text
    assert "2 of 4 machine-made cases are clean" in text
    assert "Open diamonds: machine-made cases. Bars are" in text
    assert text.count("human-made") == 1  # where the page explains the words
    for draw in undrawn.values():
        draw(width=NARROW, notice="")


def test_trials_are_needed_on_the_cases_of_the_main_result(inputs, page):
    rewrite(inputs / "participants.csv", lambda row: row["journal_section"].startswith("machine"))
    with pytest.raises(InputError, match="no trial on a human-made case: expected some whose"):
        page(inputs)


def test_nobody_was_asked_about_a_section(inputs, page):
    cases = inputs / "brainbench" / "human.csv"
    text = cases.read_text(encoding="utf-8")
    cases.write_text(text.replace("human.5,Brooks", "human.5,Rivers"), encoding="utf-8")
    assert "Rivers" in page(inputs)


def test_a_variant_is_never_right(inputs, page, tmp_path):
    page(inputs)
    with (tmp_path / "outputs" / "statistics" / "confidence.csv").open(encoding="utf-8") as lines:
        found = {(row["who"], row["author"]): row for row in csv.DictReader(lines)}
    assert found["tiny-untrained", "human"]["auroc"] == ""


def test_a_field_may_have_human_made_cases_only(inputs, page):
    (inputs / "brainbench" / "machine.csv").unlink()
    for file in score_files(inputs):
        rewrite(file, lambda row: row["author"] == "human")
    rewrite_overlap(inputs, lambda row: row.author == "human")
    for file in inputs.glob("scores/*/tokens.jsonl"):
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        file.write_text("".join(each for each in lines if "machine" not in each), encoding="utf-8")
    write_evidence(inputs)
    assert "machine-made cases (n" not in page(inputs)


def test_what_is_not_given_is_one_sentence_each(inputs, tmp_path, undrawn):
    outputs = tmp_path / "outputs"
    arguments = statistics_arguments(inputs, outputs)
    del arguments["overlap"]
    statistics(**arguments)
    arguments = stage_arguments(inputs, outputs)
    for name in ("evidence", "terms", "tokenizers", "data"):
        del arguments[name]
    figures(**arguments)
    text = " ".join((outputs / "report.html").read_text(encoding="utf-8").split())
    for words in (
        "No training corpus was searched for the cases",
        "No evidence was given",
        "The vocabularies are not compared. No terms were given.",
        "No abstract is shown as the tokenizers split it. No tokenizers were given.",
    ):
        assert words in text
    for words in ("clean:", "Clean cases", "md5"):
        assert words not in text
    assert not {"vocabulary", "segmentation"} & undrawn.keys()


def test_a_passage_can_be_chosen_by_a_rule(inputs, tmp_path, undrawn):
    outputs = tmp_path / "outputs"
    statistics(**statistics_arguments(inputs, outputs))
    arguments = stage_arguments(inputs, outputs)
    rule = {"passage_wrong": "tiny-untrained", "passage_right": "tiny-field"}
    figures(passages=(2, 3), **rule, **arguments)
    text = " ".join((outputs / "report.html").read_text(encoding="utf-8").split())
    assert [number for number in "123" if f"human-made case {number} in the benchmark" in text] == [
        "1",
        "2",
        "3",
    ]
    assert {"segmentation", "segmentation-2", "segmentation-3"} <= undrawn.keys()
    for wrong, words in (("nobody", "no variant nobody in"), (None, "passage_wrong is None")):
        with pytest.raises(InputError, match=words):
            figures(**rule | {"passage_wrong": wrong}, **arguments)
    with pytest.raises(InputError, match="no human-made case that tiny-field has wrong"):
        figures(passage_wrong="tiny-field", passage_right="tiny-untrained", **arguments)
