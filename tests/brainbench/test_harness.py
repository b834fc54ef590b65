"""Logs of lm-evaluation-harness, written here in the form of its version 0.4.13."""

import json
import math

import pytest

from components.audit.audits import audit_cues
from components.brainbench.harness import harness_cases, harness_scores
from components.formats.cases import read_cases
from components.formats.harness_log import read_harness_log
from components.formats.scores import read_scores
from components.runtime.errors import InputError
from tests.brainbench.cases import make_cases, write_cases

CASES = {"human": make_cases(4), "machine": make_cases(2, start=4)}
NAME = "samples_{}_2026-01-31T05-29-40.653052.jsonl"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "cases").mkdir()
    for author, cases in CASES.items():
        write_cases(tmp_path / "cases" / f"{author}.csv", cases)
    return tmp_path


def sample(number, right, wrong, likelihoods, *, target=0, context="", **changes):
    """A document with the right text at the place of the target."""
    choices = [right, wrong] if target == 0 else [wrong, right]
    values = list(likelihoods) if target == 0 else list(likelihoods)[::-1]
    best = max(range(2), key=lambda place: values[place] / len(choices[place]))
    return {
        "doc_id": number,
        "doc": {"any": "thing"},
        "target": str(target),
        "arguments": {
            f"gen_args_{place}": {"arg_0": context, "arg_1": text}
            for place, text in enumerate(choices)
        },
        "resps": [[[str(value), "False"]] for value in values],
        "filtered_resps": [[str(value), "False"] for value in values],
        "filter": "none",
        "metrics": ["acc", "acc_norm"],
        "acc": float(values[target] > values[1 - target]),
        "acc_norm": float(best == target),
    } | changes


def write_log(folder, samples, *, task="brainbench_human"):
    file = folder / NAME.format(task)
    file.write_text("".join(f"{json.dumps(each)}\n" for each in samples), encoding="utf-8")
    return file


def samples_of(author, likelihoods):
    return [
        sample(number, case.original, case.altered, both, target=number % 2)
        for number, (case, both) in enumerate(zip(CASES[author], likelihoods, strict=True))
    ]


def test_logs_become_scores_whatever_the_order_of_cases_and_choices(folder):
    right, wrong = (-10.0, -99.0), (-99.0, -10.0)
    logs = (
        write_log(folder, samples_of("machine", [wrong, right]), task="brainbench_machine"),
        write_log(folder, samples_of("human", [right, right, wrong, right])[::-1]),
    )
    harness_scores(logs=logs, cases=folder / "cases", scores=folder / "model")
    found = read_scores(folder / "model", cases=CASES)
    shown = {name: [row.correct for row in rows] for name, rows in found.contexts["full"].items()}
    assert shown == {"human": [True, True, False, True], "machine": [False, True]}
    assert found.record.accuracy == {"full": {"human": 0.75, "machine": 0.5}}
    first = found.contexts["full"]["human"][0]
    expected = math.exp(10 / len(CASES["human"][0].original))
    assert first.original_perplexity == pytest.approx(expected)


def test_the_metric_decides_between_whole_texts_and_characters(folder):
    case = CASES["human"][0]
    longer = case.original + " " + "x" * len(case.original)
    log = write_log(folder, [sample(0, longer, case.altered, (-12.0, -10.0))], task="a_task")
    harness_cases(log=log, cases=folder / "own")
    for metric, right in (("acc", False), ("acc_norm", True)):
        scores = folder / metric / "model"
        harness_scores(logs=(log,), cases=folder / "own", scores=scores, metric=metric)
        cases = {"human": read_cases(folder / "own" / "human.csv")}
        (row,) = read_scores(scores, cases=cases).contexts["full"]["human"]
        assert row.correct == right


def test_the_delimiter_between_context_and_choice_is_not_counted(folder):
    """With it, 10 and 20 characters would be 11 and 21, and the other choice preferred."""
    bare = sample(0, "a" * 20, "b" * 10, (-19.5, -10.0))
    delimited = sample(0, " " + "a" * 20, " " + "b" * 10, (-19.5, -10.0), context="A:")
    delimited |= {name: bare[name] for name in ("acc", "acc_norm")}
    (found,) = read_harness_log(write_log(folder, [delimited]), metric="acc_norm")
    assert found.perplexities == pytest.approx((math.exp(19.5 / 20), math.exp(10.0 / 10)))
    assert found.right == "A: " + "a" * 20


def test_a_space_of_the_choices_own_is_counted_where_the_logs_accuracies_say_so(folder):
    """Tasks of Inverse Scaling have no delimiter, and choices that begin with a space."""
    open_one = sample(0, " Yes", " No", (-9.0, -2.0))
    own = sample(1, " " + "a" * 20, " " + "b" * 10, (-21.5, -11.2))  # 20 and 10 would differ
    assert own["acc_norm"] == 0
    found = read_harness_log(write_log(folder, [open_one, own]), metric="acc_norm")
    assert found[0].perplexities == pytest.approx((math.exp(9.0 / 4), math.exp(2.0 / 3)))
    own["acc_norm"], open_one["acc_norm"] = 1.0, 1.0  # neither way
    with pytest.raises(InputError, match="acc_norm is 1.0, not what .*, line 1"):
        read_harness_log(write_log(folder, [open_one, own]), metric="acc_norm")


def test_any_benchmark_with_two_choices_becomes_cases_to_audit_and_to_score(folder):
    samples = [
        sample(number, f"ran to place {number}, \nquickly", f"ran {number}", (-4.0, -3.0), **kind)
        for number, kind in enumerate(
            [
                {"context": "The man "},
                {"context": "A [b] ", "target": 1},
                {"context": "She, then, "},
            ]
            * 8
        )
    ]
    log = write_log(folder, samples, task="two_choices")
    harness_cases(log=log, cases=folder / "own")
    cases = read_cases(folder / "own" / "human.csv")
    assert cases[0].original == "The man ran to place 0, quickly"
    assert cases[0].doi == "two_choices:0"
    assert [choice.altered for choice in cases[0].choices] == ["0"]
    harness_scores(logs=(log,), cases=folder / "own", scores=folder / "model")
    cues = {each.cue: each for each in audit_cues("human", cases, seed=1)}
    assert cues["longer version"].gives_away


@pytest.mark.parametrize(
    ("right", "wrong", "choice"),
    [
        ("The cell is", "The cell is not", "[[is, is not]]"),
        ("Not the cell", "the cell", "[[Not the, the]]"),
        ("a a", "a", "[[a a, a]]"),
    ],
)
def test_a_text_that_only_adds_words_to_the_other_is_a_case(folder, right, wrong, choice):
    harness_cases(log=write_log(folder, [sample(0, right, wrong, (-1, -2))]), cases=folder / "own")
    (case,) = read_cases(folder / "own" / "human.csv")
    assert (case.original, case.altered) == (right, wrong)
    assert choice in case.combined


CASE = CASES["human"][0]
TEXTS = (CASE.original, CASE.altered)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"target": "2"}, "target is '2', expected 0, 1 or one of the choices"),
        ({"target": "[0, 1]"}, "expected 0, 1 or one of the choices"),
        ({"acc_norm": 0.0}, "acc_norm is 0.0, not what the log-likelihoods say"),
        ({"acc_norm": None}, "no acc_norm, expected it among the task's metrics"),
        ({"filtered_resps": [["-1.0", "False"]]}, "1 answers of the model"),
        ({"filtered_resps": [["-inf", "False"], ["-1.0", "False"]]}, "log-likelihood is -inf"),
        ({"filtered_resps": [["-1e6", "False"], ["-1e7", "False"]]}, "too low for a perplexity"),
        ({"filtered_resps": ["Paris", "London"]}, "filtered_resps"),
        (
            {
                "arguments": {
                    f"gen_args_{n}": {"arg_0": "A:", "arg_1": " yes"[: 4 * n]} for n in (0, 1)
                }
            },
            "empty choice",
        ),
        ({"arguments": {}}, "expected one to each of two choices"),
    ],
)
def test_a_bad_sample_is_one_line_with_its_place(folder, bad, words):
    good = samples_of("human", [(-1.0, -2.0)] * 4)
    log = write_log(folder, [*good[:2], good[2] | bad, good[3]])
    with pytest.raises(InputError) as caught:
        harness_scores(logs=(log,), cases=folder / "cases", scores=folder / "model")
    assert words in str(caught.value)
    assert str(caught.value).endswith(f"{log}, line 3")
    assert not (folder / "model").exists()


def test_logs_of_other_cases_or_of_a_part_of_them_are_refused(folder):
    good = samples_of("human", [(-1.0, -2.0)] * 4)
    other = sample(9, "right", "wrong", (-1.0, -2.0))
    for samples, words in [
        (good[:3], r"no log has human-made case 3 \(counted from 0\), 10.5555/3: expected all 4"),
        ([*good, other], "document 9 is no case of .*line 5"),
        ([*good, good[0]], "the same case as in .*line 1: .*line 5"),
        ([], "no sample in "),
    ]:
        log = write_log(folder, samples)
        with pytest.raises(InputError, match=words):
            harness_scores(logs=(log,), cases=folder / "cases", scores=folder / "model")
    with pytest.raises(InputError, match="no logs"):
        harness_scores(logs=(), cases=folder / "cases", scores=folder / "model")


def test_what_is_no_log_makes_no_cases(folder):
    results = folder / "results_2026-01-31T05-29-40.653052.json"
    results.write_text("{}")
    with pytest.raises(InputError, match="expected samples_TASK_DATE.jsonl"):
        harness_cases(log=results, cases=folder / "own")
    bracket = sample(0, "a [[b]] c", "a d c", (-1.0, -2.0))
    with pytest.raises(InputError, match="bracket"):
        harness_cases(log=write_log(folder, [bracket]), cases=folder / "own")
    same = sample(0, "the same", "the  same", (-1.0, -2.0))
    with pytest.raises(InputError, match="both choices are the same text: .*, line 1"):
        harness_cases(log=write_log(folder, [same]), cases=folder / "own")
    twice = [sample(number, *TEXTS, (-1.0, -2.0)) for number in range(2)]
    with pytest.raises(InputError, match="the same case as in row 1"):
        harness_cases(log=write_log(folder, twice), cases=folder / "own")
    assert not (folder / "own").exists()
