import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import processors

from components.figures.segmentation import cut, segmentations
from components.formats.cases import Case, Choice
from components.runtime.errors import InputError
from tests.fuzz import few_examples


class Words:
    """A tokenizer of one token a word, or of several where told."""

    def __init__(self, pieces_a_word):
        self.pieces_a_word = pieces_a_word

    def encode_batch(self, texts, add_special_tokens):
        return [range(len(text.split()) * self.pieces_a_word(text)) for text in texts]

    def encode(self, text, add_special_tokens):
        return self

    offsets = ()


def case(text):
    return Case("10.1/x", "Brooks", (text, ""), ("[[, !]]",), (Choice("", "!"),))


def test_the_pieces_make_up_the_text(tokenizers):
    @few_examples
    @given(st.text())
    def law(text):
        for tokenizer in tokenizers.values():
            assert "".join(piece.text for piece in cut(text, tokenizer)) == text

    law()


def test_every_token_is_a_piece_and_repeated_ones_stay(tokenizers):
    text = "the brook the brook the brook"
    pieces = cut(text, tokenizers["domain"])
    assert len(pieces) == len(tokenizers["domain"].encode(text).ids)
    assert [piece.text for piece in pieces].count(" the") == 2


def test_a_piece_has_the_characters_of_its_token(tokenizers):
    text = st.lists(st.sampled_from(["brook", "the", "dose-dependent", "-", "--", "x-x", "rain,"]))

    @given(text.map(" ".join))
    def law(text):
        for tokenizer in tokenizers.values():
            ids = tokenizer.encode(text).ids
            decoded = [tokenizer.decode([each]) for each in ids]
            assert [piece.text for piece in cut(text, tokenizer)] == decoded

    law()


def test_a_hyphen_is_a_piece_and_splits_no_word(tokenizers):
    pieces = cut("the-the brook-brook", tokenizers["domain"])
    hyphens = [piece for piece in pieces if "-" in piece.text]
    assert [piece.text for piece in hyphens] == ["-", "-"]
    assert not any(piece.splits for piece in hyphens)


@pytest.mark.parametrize("character", ["µ", "–", "🧠"])
def test_a_character_of_several_tokens_is_written_once(tokenizers, character):
    text = f"rain {character}{character} rain"
    pieces = cut(text, tokenizers["pretrained"])
    holding = [piece for piece in pieces if character in piece.text]
    assert len(pieces) == len(tokenizers["pretrained"].encode(text).ids)
    assert [piece.text.strip() for piece in holding] == [character, character]
    assert all(piece.splits for piece in holding)


def test_offsets_without_leading_spaces_give_the_same_pieces(tokenizers):
    tokenizer, text = tokenizers["domain"], "A glimmer, of the µ-brook  in rain"
    kept = cut(text, tokenizer)
    processor = tokenizer.post_processor
    tokenizer.post_processor = processors.ByteLevel(trim_offsets=True)
    trimmed = cut(text, tokenizer)
    tokenizer.post_processor = processor
    assert trimmed == kept


def test_a_piece_splits_where_its_end_is_inside_a_word_or_character(tokenizers):
    text = "the qx µ (the)"
    pieces = cut(text, tokenizers["pretrained"])
    ends = list(itertools.accumulate(len(piece.text) for piece in pieces))
    assert not pieces[ends.index(3)].splits
    assert pieces[ends.index(text.index("x"))].splits
    assert all(piece.splits for piece, end in zip(pieces, ends, strict=True) if end == 8)
    assert not pieces[-1].splits


def test_an_excerpt_ends_with_its_last_word(tokenizers):
    text = "the brook glimmer"
    pieces = cut(text, tokenizers["domain"], end=len("the brook"))
    assert "".join(piece.text for piece in pieces) == "the brook"


@pytest.mark.parametrize(
    ("ratios", "chosen"),
    [([3, 1, 2], 2), ([1, 2, 3, 4], 1), ([2, 1, 2, 2], 0), ([5], 0), ([4, 4, 1, 1], 2)],
)
def test_the_typical_case_has_the_lower_median_ratio_and_is_the_first_of_equals(ratios, chosen):
    cases = [case(f"{ratio} word") for ratio in ratios]
    (segmentation,) = segmentations(
        cases, [], pretrained=Words(lambda text: int(text[0])), domain=Words(lambda text: 1)
    )
    assert segmentation.typical
    assert segmentation.number == chosen
    assert segmentation.num_tokens == {"pretrained": 2 * ratios[chosen], "domain": 2}


def test_a_long_abstract_is_shown_by_its_first_words(tokenizers):
    text = " ".join(f"word{number}" for number in range(100))
    (segmentation,) = segmentations([case(text)], [], **tokenizers)
    assert segmentation.excerpt == " ".join(text.split()[:60])
    for name, pieces in segmentation.pieces.items():
        assert "".join(piece.text for piece in pieces) == segmentation.excerpt
        assert len(pieces) < segmentation.num_tokens[name]


def test_cases_are_shown_by_number(tokenizers):
    cases = [case(f"the brook {number}") for number in range(3)]
    shown = segmentations(cases, [2, 0], **tokenizers)
    assert [each.number for each in shown] == [2, 0]
    with pytest.raises(InputError, match="no case 4: expected 1 to 3"):
        segmentations(cases, [3], **tokenizers)
