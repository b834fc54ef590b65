"""What a proposed case has to keep to, a rule each; docs/benchmark.md has them in a table."""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from components.dataset.proposals.results import WORDS, phrases, result_sentences, sentences
from components.formats.cases import Case, Choice
from components.formats.ngrams import Ngram, finders, ngrams, words
from components.runtime.progress import Progress

MOST_CHANGES = 3
LENGTH_RATIO = (0.9, 1.1)  # of the altered abstract's words to the original's
MORE_WORDS = 8  # that one change may add or take away
LEAST_CHANGE = 0.2  # of a number, as a share of the original's
NGRAM_LENGTH = 13  # words, as the overlap stage has by default
COPIED_SHARE = 0.5  # of a version's n-grams that one corpus holds
# Level of the sign test of the sides that a word is on. Not .05: many words that each pass then add
# up to a cue (docs/benchmark.md).
BALANCE_LEVEL = 0.3

WORD = re.compile(r"\w+(?:[-'’]\w+)*")
NUMBER = re.compile(r"(?<![\w.,])\d+(?:\.\d+)?(?![\w-])")
UNIT = re.compile(
    r"(?<![\w.])\d+(?:\.\d+)?\s?(%|(?!(?:and|or|of|in|to|at|by|vs|on|for|were|was)\b)[°µμ]?[A-Za-z]{1,4}\b)"
)
NEGATION = phrases(
    ["not", "no", "none", "never", "neither", "nor", "without", "cannot", r"\w+n['’]t"]
    + WORDS["no_effect"]
)
SIGN = re.compile(r"[<>≤≥](?=\s?[\d.])|(?<!\w)[+−-](?=[\d.])")  # of a number
PREFIX = re.compile(r"^(?:un|non-?|in|im|ir|dis|de|a)(?=\w{3})")
GIVEAWAY = phrases(WORDS["giveaways"])
PLAIN = {*map(chr, range(32, 127))} - {*"*#_`<>|\\~{}"}  # characters that any abstract may have
SLIPS = (
    (re.compile(r"(?i)\b([a-z]+) \1\b"), "a word twice"),
    (re.compile(r" [,.;:)]|\( |[,.;:]{2}|  "), "a space or mark too many"),
    (re.compile(r"\b[Aa] [aeio][a-z]{2,}|\b[Aa]n [bcdfgjklmpqrstvwxz][a-z]{2,}"), "a or an"),
)
MORE, LESS = map(frozenset, zip(*WORDS["amounts"], strict=True))
OPPOSITES = {frozenset(each) for each in (*WORDS["opposites"], *WORDS["contrasts"])}


class Verdict(NamedTuple):
    """A refusal."""

    validator: str  # name of what refused
    found: str


def outside_results(case: Case) -> str | None:
    """Only sentences of results and conclusions are altered."""
    allowed = result_sentences(case.original)
    for choice, start in _places(case):
        end = start + len(choice.original)
        if not any(first <= start and end <= last for first, last in allowed):
            return f"{choice.original!r} is not within one sentence that states results"
    return None


def too_many_changes(case: Case) -> str | None:
    """There are one to three changes."""
    number = len(case.choices)
    return f"{number} changes, expected 1 to {MOST_CHANGES}" if number > MOST_CHANGES else None


def badly_written(case: Case) -> str | None:
    """The altered version reads as well as the original.

    As many sentences, 90 to 110 % of the words, and no change that adds or takes away more than
    eight; brackets and quotation marks as paired as before; the same units behind numbers; no
    character that is neither in the original nor plain; no slip that the original lacks.
    """
    original, altered = case.original, case.altered
    if (number := len(sentences(altered))) != len(sentences(original)):
        return f"{number} sentences instead of {len(sentences(original))}"
    ratio = len(WORD.findall(altered)) / max(len(WORD.findall(original)), 1)
    if not LENGTH_RATIO[0] <= ratio <= LENGTH_RATIO[1]:
        return f"{ratio:.0%} of the original's words"
    for choice in case.choices:
        one, other = (len(WORD.findall(each)) for each in choice)
        if abs(one - other) > MORE_WORDS:
            return f"a change of {one} words into {other}"
        units = [Counter(UNIT.findall(each)) for each in choice]
        if all(units) and units[0] != units[1]:
            return f"another unit in {choice.altered!r}"
    if _unpaired(altered) != _unpaired(original):
        return "a bracket or quotation mark without its other one"
    if strange := {*altered} - {*original} - PLAIN:
        return f"a character that the original lacks: {min(strange)!r}"
    for pattern, name in SLIPS:
        before, now = (
            Counter(each[0] for each in pattern.finditer(text)) for text in (original, altered)
        )
        if new := now - before:
            return f"{name}: {min(new)!r}"
    return None


def same_effect(case: Case) -> str | None:
    """The direction or the size of a result is another.

    A change exchanges a word for its opposite or one with a negating prefix, adds or takes away a
    negation, alters a number's sign (<, −) or a number by more than 20 %, or exchanges words,
    within itself or with another.
    """
    sides = {(each.original.casefold(), each.altered.casefold()) for each in case.choices}
    if sides & {(altered, original) for original, altered in sides}:
        return None
    for choice in case.choices:
        orders = [WORD.findall(each.casefold()) for each in choice]
        one, other = map(Counter, orders)
        if one == other and orders[0] != orders[1]:
            return None
        if any(_are_opposite(a, b) for a in one - other for b in other - one):
            return None
        if SIGN.findall(choice.original) != SIGN.findall(choice.altered):
            return None
        if len(NEGATION.findall(choice.original)) != len(NEGATION.findall(choice.altered)):
            return None
        numbers = ([float(each) for each in NUMBER.findall(side)] for side in choice)
        if any(abs(a - b) > LEAST_CHANGE * a for a, b in zip(*numbers, strict=False)):
            return None
    first = case.choices[0]
    return f"{first.original!r} and {first.altered!r} say nothing opposite"


def giveaway_word(case: Case) -> str | None:
    """No word that is there only because the text is altered, from a list."""
    one, other = (Counter(GIVEAWAY.findall(t.casefold())) for t in (case.original, case.altered))
    new = other - one
    return f"{min(new)!r}" if new else None


# Of a case by itself, in this order; the first that refuses is named.
VALIDATORS: Mapping[str, Callable[[Case], str | None]] = {
    "changes": too_many_changes,
    "results only": outside_results,
    "reads well": badly_written,
    "effect": same_effect,
    "giveaway word": giveaway_word,
}


def verdicts(cases: Sequence[Case], *, corpus: Iterable[str]) -> list[Verdict | None]:
    """What refuses each case, None where nothing does.

    Beside the rules for one case, three are for all of them: no version is a copy of texts of the
    corpus, no case is there twice, and no word tells which version is altered.

    Args:
        cases: Proposed cases; one counts for those behind it.
        corpus: The texts that models are trained on.
    """
    copied = _copied_shares(cases, corpus)
    found: list[Verdict | None] = []
    seen: set[tuple[object, ...]] = set()
    sides: dict[str, list[int]] = {}
    for case, share in zip(cases, copied, strict=True):
        verdict = next(
            (Verdict(n, told) for n, check in VALIDATORS.items() if (told := check(case))), None
        )
        changed = {(case.doi, *sorted(case.choices)), (case.original, case.altered)}
        if not verdict and share >= COPIED_SHARE:
            verdict = Verdict("copy", f"{share:.0%} of its {NGRAM_LENGTH}-grams are in the corpus")
        if not verdict and changed & seen:
            verdict = Verdict("twice", "the same change of the same abstract")
        if not verdict and (told := _one_sided(case, sides)):
            verdict = Verdict("balance", told)
        if not verdict:
            seen |= changed
            for word, side in _moved(case):
                sides.setdefault(word, [0, 0])[side] += 1
        found.append(verdict)
    return found


def _one_sided(case: Case, sides: Mapping[str, Sequence[int]]) -> str | None:
    """The word of a case that, with it, would tell which version is altered."""
    for word, side in _moved(case):
        counts = [*sides.get(word, (0, 0))]
        counts[side] += 1
        if counts[side] > counts[1 - side] and _sign_test(*counts) < BALANCE_LEVEL:
            return f"{word!r} would be {counts[0]} times original and {counts[1]} times altered"
    return None


def _moved(case: Case) -> list[tuple[str, int]]:
    """The words that one version has more of: side 0 is the original's, 1 the altered one's."""
    one, other = (
        Counter(w for c in case.choices for w in WORD.findall(c[side].casefold()))
        for side in (0, 1)
    )
    return [(w, 0) for w in sorted(one - other)] + [(w, 1) for w in sorted(other - one)]


def _sign_test(first: int, second: int) -> float:
    """Two-sided p-value of so unequal counts where both are as likely (exact binomial)."""
    total, most = first + second, max(first, second)
    tail = sum(math.comb(total, each) for each in range(most, total + 1))
    return float(min(1.0, 2 * tail / 2**total))


def _copied_shares(cases: Sequence[Case], corpus: Iterable[str]) -> list[float]:
    """Share of n-grams that the corpus holds, the higher one of both versions."""
    versions = [
        [{*ngrams(words(text), length=NGRAM_LENGTH)} for text in (each.original, each.altered)]
        for each in cases
    ]
    searches = finders({ngram for pair in versions for each in pair for ngram in each})
    found: set[Ngram] = set()
    with Progress("searching the corpus", total=None, unit="documents") as progress:
        for text in corpus if searches else ():
            read = words(text)
            found |= {ngram for search in searches for _, ngram in search.matches(read)}
            progress.advance()
    return [max(len(each & found) / max(len(each), 1) for each in pair) for pair in versions]


def _places(case: Case) -> Iterator[tuple[Choice, int]]:
    """Each choice with its first character in the original."""
    place = 0
    for literal, choice in zip(case.literals, case.choices, strict=False):
        place += len(literal)
        yield choice, place
        place += len(choice.original)


def _unpaired(text: str) -> list[int]:
    pairs = [text.count(pair[0]) - text.count(pair[1]) for pair in ("()", "[]", "“”")]
    return [*pairs, text.count('"') % 2]


def _are_opposite(one: str, other: str) -> bool:
    return (
        (one in MORE and other in LESS)
        or (one in LESS and other in MORE)
        or {one, other} in OPPOSITES
        or one == PREFIX.sub("", other)
        or other == PREFIX.sub("", one)
    )
