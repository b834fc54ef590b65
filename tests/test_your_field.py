"""docs/your-field.md: its commands, as they stand, lead from a field's sources to a report."""

import random
import re
import shlex

import pytest
from ruamel.yaml import YAML

from components.dataset.questionnaire import assignments
from components.formats.answers import AnswerRow, version_id
from components.formats.cases import read_benchmark
from components.formats.participants import abstract_ids
from components.formats.proposals import ReviewRow, read_proposals
from components.formats.table import write_rows
from tests.checkout import ROOT, Checkout

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs" / "your-field.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    (.+)$", PAGE, re.MULTILINE)


def shorten(folder):
    """Leaves so much of the example's texts that a model is trained in seconds."""
    for file in folder.glob("example/corpus/*/*.jsonl"):
        lines = file.read_text("utf-8").splitlines(keepends=True)
        file.write_text("".join(lines[:200]), "utf-8")


def review(folder):
    """A reviewer accepts all that the validators did."""
    rows = [each for each in read_proposals(folder / "proposals") if not each.refused_by]
    decided = [ReviewRow(each.proposal, each.doi, "accept", None, None, "KL") for each in rows]
    write_rows(folder / "review-KL.csv", ReviewRow, decided)


def answer(folder):
    """Twelve experts answer what the page asks them; they are right in 70 % of the cases."""
    draw, cases = random.Random(1), read_benchmark(folder / "data" / "brainbench")
    numbers = abstract_ids("machine", cases)
    codes = (folder / "codes.txt").read_text("utf-8").split()[:12]
    plan = assignments(cases, {"human": 0, "machine": 9}, experts=200, seed=42)
    (folder / "answers").mkdir()
    for code in codes:
        rows = []
        for number, (_, row, _) in enumerate(plan[code], start=1):
            case = cases["machine"][row]
            versions = version_id(case.original), version_id(case.altered)
            rows.append(
                AnswerRow(
                    pid=code,
                    expertise=draw.randint(0, 100),
                    confidence=draw.randint(50, 100),
                    click_outside=None,
                    chosen=versions[draw.random() > 0.7],
                    rt=draw.randint(20_000, 120_000),
                    abstract_id=numbers[row],
                    journal_section=f"machine_{case.journal_section}",
                    click_slider=True,
                    recognised=False,
                    trial=number,
                    trials=9,
                    first=versions[number % 2],
                )
            )
        write_rows(folder / "answers" / f"answers-{code}.csv", AnswerRow, rows)


def set_params(folder):
    """The study's parameters: the demo's, with machine-made cases and one variant."""
    yaml = YAML(typ="safe", pure=True)
    params = yaml.load(folder / "params.yaml")
    params["brainbench"]["authors"] = ["machine"]
    params["brainbench"]["contexts"] = ["full"]
    params["variants"] = {"gpt2-neuro": params["variants"]["gpt2-neuro"]}
    yaml.dump(params, folder / "study-params.yaml")


def write_consent(folder):
    (folder / "consent.txt").write_text("My answers may be used.", "utf-8")


# What the page asks a person to do before a command.
BY_HAND = {
    "corpus": shorten,
    "accept-cases": review,
    "questionnaire": write_consent,
    "participants": answer,
    "use": set_params,
}


def expanded(word, *, folder):
    """A word of a command as a shell passes it on."""
    return sorted(map(str, folder.glob(word))) if "*" in word else [word]


def test_the_commands_lead_from_sources_to_a_report(tmp_path):
    assert 10 <= len(COMMANDS) <= 12
    checkout = Checkout(tmp_path)
    for command in COMMANDS:
        words = shlex.split(command)
        for name in BY_HAND.keys() & set(words):
            BY_HAND[name](tmp_path)
        checkout.run(*(each for word in words for each in expanded(word, folder=tmp_path)))
    report = " ".join((tmp_path / "artifacts" / "report.html").read_text("utf-8").split())
    assert re.search(r"gpt2-neuro chose the original abstract in \S+ of \d+ machine-made", report)
    assert "trials of 12 participants on machine-made cases" in report
    assert "single words" in report
