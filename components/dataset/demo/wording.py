"""The demo's words and sentence templates, and how a paper states a fact."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Formatter
from typing import Any

from ruamel.yaml import YAML

from components.dataset.demo.draws import Draws
from components.dataset.demo.paper import Outcome
from components.dataset.demo.world import Fact

TEMPLATES: Mapping[str, Any] = YAML(typ="safe", pure=True).load(
    Path(__file__).with_name("templates.yaml")
)
NUMBERS: Mapping[str, Sequence[int]] = TEMPLATES["numbers"]
OUTCOMES: Mapping[str, Sequence[tuple[str, str]]] = TEMPLATES["outcomes"]


def statement(fact: Fact, *, draws: Draws) -> list[str | Outcome]:
    """A clause that states a fact, in words drawn for it; its outcome is left open."""
    parts: list[str | Outcome] = []
    for literal, slot, _, _ in Formatter().parse(draws.choice(TEMPLATES["statements"][fact.organ])):
        parts.append(literal)
        if not slot:
            continue
        if slot in OUTCOMES:
            true, false = draws.choice(OUTCOMES[slot])
            parts.append(Outcome(fact, (true, false)))
        elif slot in NUMBERS:
            parts.append(str(draws.choice(NUMBERS[slot])))
        else:
            parts.append(fact.agent)
    return parts
