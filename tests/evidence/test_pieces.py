import math

import pytest
from hypothesis import given, settings
from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers

from components.evidence.pieces import Cell, balance, cells, pieces, summarize
from components.formats.evidence import CaseBalance, Tendency
from components.formats.readings import CaseReading
from tests.case_readings import any_reading, make_case, make_version, read_words


def cut(case, original, altered=None):
    """The pieces of a case whose versions were read so, both alike where one is given."""
    return pieces(case, CaseReading("human", 0, original, altered or original), variant="a")


def test_cells_are_words_and_choices():
    case = make_case("The brook ", ("rose", "fell"), ", by dose-dependent rain.")
    words = ["The ", "brook ", ", ", "by ", "dose-dependent ", "rain."]
    literals = [Cell("literal", word, word) for word in words]
    assert cells(case) == [*literals[:2], Cell("choice", "rose", "fell"), *literals[2:]]


@settings(max_examples=100)
@given(any_reading())
def test_pieces_part_texts_and_tokens_exactly_and_their_balance_adds_up(drawn):
    case, reading = drawn
    found = pieces(case, reading, variant="a")
    totals = [sum(each.log_probabilities) for each in reading.versions]
    for name, total, tokens in zip(("original", "altered"), totals, reading.versions, strict=True):
        text = getattr(case, name)
        assert "".join(getattr(piece, name) for piece in found) == text
        assert sum(getattr(piece, f"{name}_log_probability") for piece in found) == total
        assert sum(getattr(piece, f"{name}_tokens") for piece in found) == len(tokens.starts)
        owners = [number for number, piece in enumerate(found) for _ in getattr(piece, name)]
        for start, end in zip(tokens.starts, tokens.ends, strict=True):
            assert len({owners[at] for at in range(start, end) if not text[at].isspace()}) <= 1
    for number, piece in enumerate(found):
        assert piece[:4] == ("a", "human", 0, number)
        assert piece.kind == "choice" or piece.original == piece.altered
    sums = balance(found)
    assert sums.before + sums.choices + sums.after == sums.total == totals[0] - totals[1]
    num_tokens = (sums.original_tokens + sums.altered_tokens) / 2
    of_means = (sums.original_mean - sums.altered_mean) * num_tokens
    assert math.isclose(sums.length + of_means, sums.total, abs_tol=1e-9)
    assert sums.original_tokens != sums.altered_tokens or not sums.contradictory


BROOK = make_case("The brook ", ("rose up", "fell"), " in rain")
READING = read_words(BROOK, (-1.0, -2.0, -4.0, -8.0, -16.0), (-1.0, -3.0, -5.0))
INCREASE = make_case("It ", ("increase", "decrease"), "d here")
APART = make_version((2, 11, -1.0), (11, 12, -2.0), (12, 17, -3.0))
WHOLE = make_version((2, 12, -4.0), (12, 17, -5.0))
BYTES = make_version((3, 5, -1.0), (4, 5, -1.0), (4, 5, -1.0), (5, 10, -3.0))
PROMPT = make_version((0, 0, -1.0), (0, 0, -2.0), (0, 1, -4.0), (1, 3, -8.0))


@pytest.mark.parametrize(
    ("case", "versions", "expected"),
    [
        pytest.param(
            BROOK,
            READING.versions,
            [
                ("The", 0, 0, 0),
                ("brook", 1, 1, 0),
                ("rose up", 2, 1, -3),
                ("in", 1, 1, -3),
                ("rain", 1, 1, -15),
            ],
            id="a word or a choice holds its tokens",
        ),
        pytest.param(
            INCREASE,
            [APART],
            [("It", 0, 0, 0), ("increase", 1, 1, 0), ("d", 1, 1, 0), ("here", 1, 1, 0)],
            id="a choice may end inside a word",
        ),
        pytest.param(
            INCREASE,
            [APART, WHOLE],
            [("It", 0, 0, 0), ("increased", 2, 1, 1), ("here", 1, 1, 2)],
            id="a token over choice and word makes them one piece",
        ),
        pytest.param(
            nothing := make_case("It did ", ("", "not "), "rise"),
            read_words(nothing).versions,
            [("It", 0, 0, 0), ("did", 1, 1, 1), ("", 0, 1, 2), ("rise", 1, 1, 1)],
            id="a choice may be nothing",
        ),
        pytest.param(
            make_case("The ", ("µ", "🧠"), "-wave"),
            [make_version((3, 5, -1.0), (4, 5, -2.0), (5, 10, -3.0)), BYTES],
            [("The", 0, 0, 0), ("µ", 2, 3, 0), ("-wave", 1, 1, 0)],
            id="bytes of one character stay together",
        ),
        pytest.param(
            make_case("A  brook ", ("x", "y"), ""),
            [make_version((1, 2, -1.0), (2, 8, -2.0), (8, 9, -4.0), (9, 10, -8.0))],
            [("A", 0, 0, 0), ("brook", 2, 2, 0), ("x", 2, 2, 0)],
            id="a lone space belongs to the word after it",
        ),
        pytest.param(
            make_case("A ", ("b", "c"), ""),
            [PROMPT],
            [("", 2, 2, 0), ("A", 1, 1, 0), ("b", 1, 1, 0)],
            id="a prompt is a piece of its own",
        ),
    ],
)
def test_a_piece_is_a_word_or_choice_unless_tokens_join_some(case, versions, expected):
    found = cut(case, *versions)
    assert [
        (each.original.strip(), each.original_tokens, each.altered_tokens, each.difference)
        for each in found
    ] == expected
    assert [each.kind for each in found].count("choice") == 1
    assert (found[0].kind == "prompt") is (PROMPT in versions)


@pytest.mark.parametrize(
    "corpus", [[], ["The brook of dose–response rose, as the µ-brook did."] * 9]
)
def test_offsets_with_and_without_leading_spaces_give_the_same_pieces(corpus):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(initial_alphabet=alphabet, vocab_size=300, show_progress=False)
    tokenizer.train_from_iterator(corpus, trainer)
    case = make_case(
        "The µ-brook  of dose–response ", ("rose", "fell"), ", as the the 🧠-brook did."
    )

    def read(*, trimmed):
        tokenizer.post_processor = processors.ByteLevel(trim_offsets=trimmed)
        return [
            make_version(*(((*span, -float(n)) for n, span in enumerate(offsets))))
            for text in (case.original, case.altered)
            for offsets in [tokenizer.encode(text, add_special_tokens=False).offsets[1:]]
        ]

    kept, trimmed = read(trimmed=False), read(trimmed=True)
    assert all(a.starts != b.starts for a, b in zip(kept, trimmed, strict=True))
    assert (found := cut(case, *kept)) == cut(case, *trimmed)
    shown = "The µ-brook of dose–response rose , as the the 🧠-brook did."
    assert " ".join(each.original.strip() for each in found) == shown


def test_nothing_differs_before_the_first_choice():
    case = make_case("The brook ", ("rose", "fell"), " in rain ", ("a", "b"), "")
    reading = read_words(case, (-1.0, -2.0, -3.0), (-1.0, -4.0, -9.0))
    found = balance(pieces(case, reading, variant="a"))
    assert (found.before, found.choices, found.after) == (0.0, 2.0 + 2.0, 6.0 + 0.0)


def test_a_longer_version_may_be_less_likely_and_less_surprising():
    case = make_case("The brook ", ("rose so very much", "fell"), " in rain")
    found = balance(cut(case, *read_words(case, (-2.0,), (-2.5,)).versions))
    assert (found.before, found.choices, found.after) == (0.5, -8 + 2.5, 1.0)
    assert found.total == pytest.approx(-14 + 10)
    assert (found.original_mean, found.altered_mean) == (-2.0, -2.5)
    assert found.contradictory
    assert found.length == pytest.approx(3 * -2.25)


def test_each_part_is_averaged_and_counted_for_itself():
    found = summarize(
        [
            CaseBalance("a", "human", 0, 10, 10, 0, 3, -1, 2, -1, -1.2),
            CaseBalance("a", "human", 1, 20, 10, 0, -2, -3, -5, -1, -1.5),
        ]
    )
    assert (found.choices, found.after) == (Tendency(0.5, 0.5), Tendency(-2, 0))
    assert (found.total, found.means) == (Tendency(-1.5, 0.5), Tendency(pytest.approx(0.35), 1))
    assert (found.num_contradictory, found.num_cases) == (1, 2)
