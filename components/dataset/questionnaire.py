"""The experts' questionnaire: one HTML page with cases for every expert, made from a benchmark."""

import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from components.dataset.demo.draws import Draws
from components.dataset.field import check_name
from components.dataset.pages import write_page
from components.formats.answers import AnswerRow, version_id
from components.formats.cases import Author, Case, read_benchmark
from components.formats.json_file import read_text
from components.formats.participants import abstract_ids
from components.runtime.atomic import written_file
from components.runtime.errors import InputError
from components.runtime.ranges import check_count, check_seed

# No vowels, so that no code is a word, and no digits, so that no program takes one for a number.
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
CODE_LENGTH = 5
MOST_EXPERTS = 10_000  # few of the 20^5 codes, so that a typing error hardly ever makes another
# Median of the published study: 76 seconds a case. Rounded up to five minutes, with the practice.
SECONDS_PER_CASE = 76
Asked = tuple[Author, int, bool]  # case by author and row; whether its original is shown first


def questionnaire(
    *,
    name: str,
    consent: Path,
    contact: str,
    cases: Path = Path("data/brainbench"),
    page: Path = Path("questionnaire.html"),
    codes: Path = Path("codes.txt"),
    experts: int = 200,
    human_cases: int = 6,
    machine_cases: int = 3,
    seed: int = 42,
) -> None:
    """Makes the page on which experts choose between both versions of cases.

    The page is one file that works offline, on computers and phones; it loads nothing and sends
    nothing. Give each expert the page and one of the codes. At the end it saves a file, which the
    expert sends back; `participants` checks these files and makes the field's trials of them. The
    page does not say which version is the original.

    An expert's cases are those that fewest experts before were asked, never two of one abstract, in
    random order; the original is shown first in half of them. The same seed and cases give the same
    page, and more `experts` add codes without changing those before.

    Args:
        name: Name of the field, as the page shows it.
        consent: Text that an expert must agree to, in UTF-8; empty lines part its paragraphs.
        contact: Where an expert sends the answers, an e-mail address say, as the page shows it.
        cases: Folder of the cases: human.csv and, where machines made cases too, machine.csv.
        page: Output HTML file.
        codes: Output text file with one code a line.
        experts: Number of codes.
        human_cases: Human-made cases per expert; the published study asked 6.
        machine_cases: Machine-made cases per expert; the published study asked 3.
        seed: Random seed of the codes, the choice of cases and their order.

    Raises:
        InputError: The name, the consent or the contact is empty, a number is out of range, there
            are not as many cases of different abstracts as an expert is to be asked, or trials
            cannot name a case.
    """
    check_name(name)
    check_seed(seed)
    check_count("experts", experts, at_most=MOST_EXPERTS)
    check_count("human_cases", human_cases, at_least=0)
    check_count("machine_cases", machine_cases, at_least=0 if human_cases else 1)
    paragraphs = [" ".join(each.split()) for each in re.split(r"\n\s*\n", read_text(consent))]
    if not contact.strip():
        raise InputError("no contact: expected --contact, where an expert sends the answers")
    if not any(paragraphs):
        raise InputError(f"no text in {consent}: expected what an expert agrees to")
    benchmark = read_benchmark(cases)
    per_expert: dict[Author, int] = {"human": human_cases, "machine": machine_cases}
    plan = assignments(benchmark, per_expert, experts=experts, seed=seed)
    data = {
        "id": _page_id(benchmark, [human_cases, machine_cases, seed]),
        "field": name,
        "contact": contact,
        "consent": [each for each in paragraphs if each],
        "minutes": 5 * -(-SECONDS_PER_CASE * (human_cases + machine_cases + 1) // 300),
        "columns": AnswerRow._fields,
        **_shown(benchmark, plan),
    }
    write_page(page, "questionnaire", title=f"Predicting results in {name}", data=data)
    with written_file(codes) as partial:
        partial.write_text("".join(f"{code}\n" for code in plan), encoding="utf-8")
    asked = Counter((author, row) for each in plan.values() for author, row, _ in each)
    least, most = min(asked.values()), max(asked.values())
    print(  # noqa: T201
        f"{page} and {codes}: {experts} experts, each asked {human_cases} human-made and"
        f" {machine_cases} machine-made cases; {len(asked)} of {sum(map(len, benchmark.values()))}"
        f" cases, each asked {least if least == most else f'{least} to {most}'} times",
        file=sys.stderr,
    )


def assignments(
    cases: Mapping[Author, Sequence[Case]],
    per_expert: Mapping[Author, int],
    *,
    experts: int,
    seed: int,
) -> dict[str, list[Asked]]:
    """The cases of each expert in the order asked, by code.

    Raises:
        InputError: There are not so many cases of different abstracts.
    """
    draws = Draws(seed=seed, stream=100)
    plan: dict[str, list[Asked]] = {}
    times: Counter[tuple[Author, int]] = Counter()
    for code in _codes(experts, draws=Draws(seed=seed, stream=101)):
        asked = _least_asked(cases, per_expert, times, draws=draws)
        times.update(asked)
        # Who always chooses the first version is right in half of the cases.
        coin = draws.integer(0, 1)
        first = draws.sample([place % 2 == coin for place in range(len(asked))], len(asked))
        plan[code] = [(*case, each) for case, each in zip(asked, first, strict=True)]
    return plan


def _codes(number: int, *, draws: Draws) -> list[str]:
    codes: dict[str, None] = {}  # in the order drawn, each once
    while len(codes) < number:
        codes["".join(draws.choice(LETTERS) for _ in range(CODE_LENGTH))] = None
    return list(codes)


def _least_asked(
    cases: Mapping[Author, Sequence[Case]],
    per_expert: Mapping[Author, int],
    times: Mapping[tuple[Author, int], int],
    *,
    draws: Draws,
) -> list[tuple[Author, int]]:
    """One expert's cases in random order: those asked least, each of another abstract.

    Who has seen an abstract in one case knows which version is the original in another.
    """
    chosen: list[tuple[Author, int]] = []
    abstracts: set[str] = set()
    # The fewest first, usually the machine's: of an abstract left there may be no other case.
    for author in sorted(per_expert, key=lambda author: len(cases.get(author, []))):
        found, number = cases.get(author, []), per_expert[author]
        rows = draws.sample(range(len(found)), len(found))
        # Sorting keeps the random order of cases that were asked equally often.
        rows.sort(key=lambda row: times[author, row])
        fresh: dict[str, int] = {}
        for row in rows:
            if found[row].doi not in abstracts:
                fresh.setdefault(found[row].doi, row)
        if len(fresh) < number:
            raise InputError(
                f"{len(fresh)} {author}-made cases of different abstracts for an expert, expected"
                f" {number} or more: ask fewer by --{author}-cases"
            )
        picked = list(fresh.items())[:number]
        abstracts.update(doi for doi, _ in picked)
        chosen += [(author, row) for _, row in picked]
    return draws.sample(chosen, len(chosen))


def _page_id(cases: Mapping[Author, Sequence[Case]], settings: list[int]) -> str:
    """Names what experts are asked: under this name a browser keeps their answers.

    It stays the same where only words of the page or the number of experts change.
    """
    texts = [sorted([case.original, case.altered]) for author in cases for case in cases[author]]
    return hashlib.sha256(json.dumps([settings, texts]).encode()).hexdigest()[:16]


def _shown(
    cases: Mapping[Author, Sequence[Case]], plan: Mapping[str, Sequence[Asked]]
) -> dict[str, Any]:
    """What the page holds: cases without which version is which, and what each expert is shown."""
    used = sorted({(author, row) for asked in plan.values() for author, row, _ in asked})
    ids = {author: abstract_ids(author, cases) for author in {author for author, _ in used}}
    shown: list[dict[str, Any]] = []
    places: dict[tuple[Author, int], dict[bool, list[int]]] = {}
    for place, (author, row) in enumerate(used):
        case = cases[author][row]
        if row not in ids[author]:
            raise InputError(
                f"{author}-made case {row + 1} ({case.doi}): expected one human-made and one"
                " machine-made case of its abstract, by whose number trials name it"
            )
        # In the order of their names, which follow from the texts: it does not say what they are.
        versions = sorted((version_id(text), text) for text in (case.original, case.altered))
        original = [text for _, text in versions].index(case.original)
        places[author, row] = {True: [place, original], False: [place, 1 - original]}
        section = f"{author}_{case.journal_section}"
        numbered = {"abstract_id": ids[author][row], "journal_section": section}
        shown.append({**numbered, "versions": versions})
    experts = {  # of each case the place in `cases`, and which of its versions to show first
        code: [places[author, row][original_first] for author, row, original_first in asked]
        for code, asked in plan.items()
    }
    return {"cases": shown, "experts": experts}
