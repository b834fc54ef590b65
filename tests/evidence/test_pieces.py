import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers

from components.evidence.pieces import Cell, cells, pieces
from components.formats.readings import CaseReading, VersionReading
from tests.case_readings import any_reading, make_case, make_version, read_words

VERSIONS = ("original", "altered")


def cut(case, reading, altered=None):
    """The pieces of a case that was read so; of one version's reading, both alike."""
    if isinstance(reading, VersionReading):
        reading = CaseReading("human", 0, reading, altered or reading)
    return pieces(case, reading, variant="a")


def texts(found, version="original"):
    return [getattr(piece, version).strip() for piece in found if piece.kind != "prompt"]


def num_tokens(found):
    return [(piece.original_tokens, piece.altered_tokens) for piece in found]


def test_cells_are_words_and_choices():
    case = make_case("The brook ", ("rose", "fell"), ", by dose-dependent rain.")
    assert cells(case) == [
        Cell("literal", "The ", "The "),
        Cell("literal", "brook ", "brook "),
        Cell("choice", "rose", "fell"),
        Cell("literal", ", ", ", "),
        Cell("literal", "by ", "by "),
        Cell("literal", "dose-dependent ", "dose-dependent "),
        Cell("literal", "rain.", "rain."),
    ]


@given(st.lists(st.tuples(st.text(), st.text(), st.text()), min_size=1), st.text())
def test_cells_make_up_both_versions(parts, last):
    case = make_case(*(each for a, b, c in parts for each in (a, (b, c))), last)
    found = cells(case)
    assert "".join(cell.original for cell in found) == case.original
    assert "".join(cell.altered for cell in found) == case.altered
    assert sum(cell.kind == "choice" for cell in found) == len(parts)


@settings(max_examples=100)
@given(any_reading())
def test_pieces_part_texts_and_tokens_exactly(drawn):
    case, reading = drawn
    found = cut(*drawn)
    totals = [sum(each.log_probabilities) for each in reading.versions]
    for name, total, tokens in zip(VERSIONS, totals, reading.versions, strict=True):
        text = getattr(case, name)
        assert "".join(getattr(piece, name) for piece in found) == text
        assert sum(getattr(piece, f"{name}_log_probability") for piece in found) == total
        assert sum(getattr(piece, f"{name}_tokens") for piece in found) == len(tokens.starts)
        owners = [number for number, piece in enumerate(found) for _ in getattr(piece, name)]
        for start, end in zip(tokens.starts, tokens.ends, strict=True):
            assert len({owners[at] for at in range(start, end) if not text[at].isspace()}) <= 1
    assert sum(piece.difference for piece in found) == totals[0] - totals[1]
    for number, piece in enumerate(found):
        assert piece[:4] == ("a", "human", 0, number)
        assert piece.kind == "choice" or piece.original == piece.altered


def test_words_and_choices_hold_their_tokens():
    case = make_case("The brook ", ("rose up", "fell"), " in rain")
    found = cut(case, read_words(case, (-1.0, -2.0, -4.0, -8.0, -16.0), (-1.0, -3.0, -5.0)))
    assert texts(found) == ["The", "brook", "rose up", "in", "rain"]
    assert [piece.kind for piece in found][2] == "choice"
    assert num_tokens(found) == [(0, 0), (1, 1), (2, 1), (1, 1), (1, 1)]
    assert [piece.difference for piece in found] == [0.0, 0.0, -3.0, -3.0, -15.0]


def test_a_token_over_choice_and_word_makes_them_one_piece():
    case = make_case("It ", ("increase", "decrease"), "d here")
    apart = make_version((2, 11, -1.0), (11, 12, -2.0), (12, 17, -3.0))
    whole = make_version((2, 12, -4.0), (12, 17, -5.0))
    assert texts(cut(case, apart), "altered") == ["It", "decrease", "d", "here"]
    found = cut(case, apart, whole)
    assert texts(found) == ["It", "increased", "here"]
    assert (found[1].kind, found[1].difference) == ("choice", 1.0)
    assert num_tokens(found)[1] == (2, 1)


def test_a_choice_may_be_nothing():
    case = make_case("It did ", ("", "not "), "rise")
    piece = cut(case, read_words(case))[2]
    assert (piece.original, piece.altered) == ("", "not ")
    assert (piece.original_tokens, piece.altered_tokens) == (0, 1)
    assert (piece.original_log_probability, piece.altered_log_probability) == (0.0, -2.0)


def test_bytes_of_one_character_stay_together():
    case = make_case("The ", ("µ", "🧠"), "-wave")
    original = make_version((3, 5, -1.0), (4, 5, -2.0), (5, 10, -3.0))
    altered = make_version((3, 5, -1.0), (4, 5, -1.0), (4, 5, -1.0), (5, 10, -3.0))
    assert num_tokens(cut(case, original, altered)) == [(0, 0), (2, 3), (1, 1)]


def test_a_lone_space_belongs_to_the_word_after_it():
    case = make_case("A  brook ", ("x", "y"), "")
    tokens = make_version((1, 2, -1.0), (2, 8, -2.0), (8, 9, -4.0), (9, 10, -8.0))
    assert num_tokens(cut(case, tokens)) == [(0, 0), (2, 2), (2, 2)]


def test_a_prompt_is_a_piece_of_its_own():
    case = make_case("A ", ("b", "c"), "")
    tokens = make_version((0, 0, -1.0), (0, 0, -2.0), (0, 1, -4.0), (1, 3, -8.0))
    found = cut(case, tokens)
    assert [piece.kind for piece in found] == ["prompt", "literal", "choice"]
    assert (found[0].original_log_probability, found[0].altered_log_probability) == (-3.0, -3.0)


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
    assert cut(case, *kept) == cut(case, *trimmed)
    shown = "The µ-brook of dose–response rose , as the the 🧠-brook did."
    assert " ".join(texts(cut(case, *kept))) == shown
